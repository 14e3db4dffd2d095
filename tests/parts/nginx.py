"""A real nginx before real processes, under the deployment's own configuration."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.parts.free_port import free_port
from tests.structure.sources import ROOT
from tests.waiting import wait_until

SERVER_NAME = "pollcam.test"
_SITE = ROOT / "deploy/server/nginx"
_FRAME = """\
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include pollcam.conf;
}}
"""


@dataclass(frozen=True, kw_only=True)
class Nginx:
    """A proxy that answers."""

    folder: Path
    https_port: int
    http_port: int

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https_port}"

    @property
    def access_log(self) -> str:
        return (self.folder / "access.log").read_text("utf-8")


def lay_out(folder: Path, *, api_port: int = 8080, streamer_port: int = 8081) -> Nginx:
    """Write the site as install.sh does, with ports and folders of a test."""
    nginx = Nginx(folder=folder, https_port=free_port(), http_port=free_port())
    (folder / "pollcam").mkdir(parents=True)
    shutil.copy(_SITE / "proxy.conf", folder / "pollcam/proxy.conf")
    site = (_SITE / "pollcam.conf").read_text("utf-8")
    for ours, tests in {
        "@SERVER_NAME@": SERVER_NAME,
        "/var/cache/nginx/pollcam": str(folder / "cache"),
        "/var/log/nginx/pollcam.log": str(folder / "access.log"),
        "127.0.0.1:8080": f"127.0.0.1:{api_port}",
        "127.0.0.1:8081": f"127.0.0.1:{streamer_port}",
        "listen 80 ": f"listen 127.0.0.1:{nginx.http_port} ",
        "listen 443 ": f"listen 127.0.0.1:{nginx.https_port} ",
        "listen [::]:80 ": f"listen [::1]:{nginx.http_port} ",
        "listen [::]:443 ": f"listen [::1]:{nginx.https_port} ",
    }.items():
        assert ours in site, f"the site no longer says {ours!r}"
        site = site.replace(ours, tests)
    (folder / "pollcam.conf").write_text(site, "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_FRAME.format(folder=folder, user=user), "utf-8")
    _make_certificate(folder / "pollcam")
    return nginx


def command(binary: str, nginx: Nginx) -> list[str]:
    """The command line that runs it, without asking for anything."""
    return [binary, "-e", "stderr", "-p", str(nginx.folder), "-c", str(nginx.folder / "nginx.conf")]


@contextmanager
def running(binary: str, nginx: Nginx) -> Iterator[None]:
    """Run it for the time of the block."""
    process = subprocess.Popen(command(binary, nginx), stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(nginx.https_port), within_s=60, what="nginx listens")
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _make_certificate(folder: Path) -> None:
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = ["-nodes", "-keyout", "key.pem", "-out", "certificate.pem", "-days", "2"]
    subject = ["-subj", f"/CN={SERVER_NAME}", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*request, *files, *subject], cwd=folder, check=True, capture_output=True, timeout=60
    )
