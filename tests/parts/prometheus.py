"""A real Prometheus under the deployment's own configuration, on ports of a test."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from tests.parts.free_port import free_port
from tests.structure.sources import ROOT
from tests.waiting import PATIENCE_S, wait_until

_FOLDER = ROOT / "deploy/prometheus"


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """One that answers."""

    url: str

    def query(self, expression: str) -> list[dict]:
        return self._get(f"query?query={quote(expression)}")["result"]

    def targets(self) -> dict[str, str]:
        """Job → health."""
        active = self._get("targets")["activeTargets"]
        return {target["labels"]["job"]: target["health"] for target in active}

    def rules(self) -> dict[str, str]:
        """Alert → health of its rule."""
        groups = self._get("rules")["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def _get(self, path: str) -> dict:
        with urlopen(f"{self.url}/api/v1/{path}", timeout=PATIENCE_S) as answer:
            return json.load(answer)["data"]


@contextmanager
def running_prometheus(
    binary: str, folder: Path, *, api_port: int, streamer_port: int
) -> Iterator[Prometheus]:
    """Run it for the time of the block, asking every second instead of every ten."""
    config = (_FOLDER / "prometheus.yml").read_text("utf-8")
    for ours, tests in {
        "127.0.0.1:8080": f"127.0.0.1:{api_port}",
        "127.0.0.1:8081": f"127.0.0.1:{streamer_port}",
        "interval: 10s": "interval: 1s",
    }.items():
        assert ours in config, f"the configuration no longer says {ours!r}"
        config = config.replace(ours, tests)
    (folder / "prometheus.yml").write_text(config, "utf-8")
    shutil.copy(_FOLDER / "pollcam.rules.yml", folder)
    address = f"127.0.0.1:{free_port()}"
    command = [binary, f"--config.file={folder}/prometheus.yml", f"--web.listen-address={address}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--storage.tsdb.path={folder}/data"], stdout=log, stderr=log
        )
    try:
        wait_until(lambda: _is_ready(address), within_s=PATIENCE_S, what="Prometheus answers")
        yield Prometheus(url=f"http://{address}")
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _is_ready(address: str) -> bool:
    try:
        with urlopen(f"http://{address}/-/ready", timeout=10) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
