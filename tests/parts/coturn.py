"""A real coturn, with the settings that the administrator's guide gives."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts.free_port import free_port
from tests.structure.sources import ROOT
from tests.waiting import wait_until

SECRET = "secret-of-this-test"
_CONFIG = ROOT / "deploy/server/turnserver.conf"


@dataclass(frozen=True, kw_only=True)
class Coturn:
    """A TURN server that answers."""

    host: str
    plain_port: int
    tls_port: int
    certificate: Path
    log: Path

    @property
    def udp(self) -> str:
        return f"turn:{self.host}:{self.plain_port}?transport=udp"

    @property
    def tcp(self) -> str:
        return f"turn:{self.host}:{self.plain_port}?transport=tcp"

    @property
    def tls(self) -> str:
        return f"turns:{self.host}:{self.tls_port}?transport=tcp"

    @property
    def told(self) -> str:
        """What it wrote."""
        return self.log.read_text("utf-8", "replace")


@contextmanager
def running_coturn(folder: Path, host: str, allowed_peer: str) -> Iterator[Coturn]:
    """Run one on an address; it relays to one other alone, as in production."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("coturn is missing: apt install coturn")
    coturn = _lay_out(folder, host, allowed_peer)
    with coturn.log.open("wb") as log:
        process = subprocess.Popen(
            (program, "-c", str(folder / "turnserver.conf")),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
    try:
        wait_until(lambda: _answers(coturn, process), within_s=60, what="coturn answers")
        yield coturn
    finally:
        process.terminate()
        process.wait(60)


def _lay_out(folder: Path, host: str, allowed_peer: str) -> Coturn:
    coturn = Coturn(
        host=host,
        plain_port=free_port(host=host),
        tls_port=free_port(host=host),
        certificate=folder / "turn.pem",
        log=folder / "coturn.log",
    )
    _make_certificate(coturn, folder)
    text = _CONFIG.read_text("utf-8")
    for token, value in {
        "@TURN_SECRET@": SECRET,
        "@SERVER_NAME@": host,
        "@STREAMER_ADDRESS@": allowed_peer,
        "@TURN_CERTIFICATE@": str(coturn.certificate),
        "@TURN_KEY@": str(folder / "turn.key"),
    }.items():
        text = text.replace(token, value)
    own = {
        "listening-ip": host,
        "relay-ip": host,
        "listening-port": coturn.plain_port,
        "tls-listening-port": coturn.tls_port,
        "pidfile": folder / "turnserver.pid",
        "userdb": folder / "turn.db",
    }
    kept = [line for line in text.splitlines() if line.partition("=")[0] not in own]
    lines = [*kept, *(f"{name}={value}" for name, value in own.items()), "verbose", "no-syslog"]
    (folder / "turnserver.conf").write_text("\n".join(lines) + "\n")
    return coturn


def _make_certificate(coturn: Coturn, folder: Path) -> None:
    subprocess.run(
        ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", f"/CN={coturn.host}", "-addext", f"subjectAltName=IP:{coturn.host}",
         "-days", "2", "-keyout", str(folder / "turn.key"), "-out", str(coturn.certificate)),
        check=True, capture_output=True,
    )  # fmt: skip
    for name in ("turn.key", "turn.pem"):
        (folder / name).chmod(0o644)  # coturn may give up being root


def _answers(coturn: Coturn, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, coturn.told
    try:
        for port in (coturn.plain_port, coturn.tls_port):
            socket.create_connection((coturn.host, port), 1).close()
    except OSError:
        return False
    return True
