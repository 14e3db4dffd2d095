"""A real Prometheus under the deployment's configuration asks a real API and a real streamer."""

import asyncio
from pathlib import Path

from tests.integration.deploy.tools import tool
from tests.parts.control_api import running_api
from tests.parts.footage import store_segment
from tests.parts.live_streamer import running_streamer
from tests.parts.prometheus import Prometheus, running_prometheus
from tests.waiting import PATIENCE_S, wait_until


async def test_both_processes_are_asked_and_the_alerts_make_sense_of_them(tmp_path):
    binary = tool("prometheus", "prometheus")
    async with running_streamer() as streamer:
        await asyncio.to_thread(_look, binary, tmp_path, streamer.port)


def _look(binary: str, folder: Path, streamer_port: int) -> None:
    for name in ("api", "prometheus"):
        (folder / name).mkdir()
    streamer_url = f"http://127.0.0.1:{streamer_port}"
    with (
        running_api(folder / "api", streamer_url=streamer_url) as api,
        running_prometheus(
            binary, folder / "prometheus", api_port=api.port, streamer_port=streamer_port
        ) as prometheus,
    ):
        store_segment(api.services, "osh")
        _check_targets(prometheus)
        _check_fleet(prometheus)


def _check_targets(prometheus: Prometheus) -> None:
    both_up = {"pollcam-api": "up", "pollcam-streamer": "up"}
    wait_until(lambda: prometheus.targets() == both_up, within_s=PATIENCE_S, what=f"{both_up}")
    wait_until(
        lambda: set(prometheus.rules().values()) == {"ok"},
        within_s=PATIENCE_S,
        what="every rule was evaluated without an error",
    )


def _check_fleet(prometheus: Prometheus) -> None:
    never_seen = 'pollcam_api_station_reasons{region="osh",reason="never_seen"} == 1'
    wait_until(lambda: bool(prometheus.query(never_seen)), within_s=PATIENCE_S, what=never_seen)
    heartbeat = 'ALERTS{alertname="PollcamWatchdog",alertstate="firing"}'
    wait_until(lambda: bool(prometheus.query(heartbeat)), within_s=PATIENCE_S, what=heartbeat)
