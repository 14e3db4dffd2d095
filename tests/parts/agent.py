"""A real station agent: enrolled by the command, run as a process of its own."""

import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

import httpx

from tests.parts.free_port import free_port
from tests.structure.sources import ROOT
from tests.waiting import PATIENCE_S

POLLCAM = (sys.executable, "-m", "cli")


@dataclass(frozen=True, kw_only=True)
class AgentBox:
    """The recorder of one station: its files, and how it is run."""

    folder: Path
    station_id: UUID
    camera_ids: tuple[UUID, ...]
    page: str
    """Address of the station's own page."""
    pin: str

    @property
    def config(self) -> Path:
        return self.folder / "agent.toml"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def start(self, *command: str) -> "RunningAgent":
        """Run it; `command` may be another program that runs the same agent."""
        command = command or (*POLLCAM, "agent", "run", "--config", str(self.config))
        with (self.folder / "agent.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT
            )
        return RunningAgent(process)


class RunningAgent:
    """Ends with its block at the latest."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def stop(self) -> int:
        """As a service manager does; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """As a power cut does, but for what the kernel still writes."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    def wait_died(self, within_s: float) -> bool:
        """Whether it was ended by SIGKILL in time."""
        try:
            return self.process.wait(timeout=within_s) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False


def enrolled_agent(
    admin: httpx.Client,
    folder: Path,
    number: str,
    cameras: Sequence[str],
    mode: str = "online",
    region: str = "osh",
) -> AgentBox:
    """Register a station and enrol its recorder.

    Args:
        admin: Speaks to the control API as an administrator.
        folder: For the recorder's files; made here.
        number: The station's.
        cameras: Addresses, camera 1 first.
        mode: The station's.
        region: The station's.
    """
    folder.mkdir(parents=True)
    names = [f"camera {n}" for n in range(1, len(cameras) + 1)]
    body = {"number": number, "name": f"School {number}", "region": region}
    body |= {"mode": mode, "cameras": names}
    station = admin.post("/api/v1/stations", json=body).raise_for_status().json()
    path = f"/api/v1/stations/{station['id']}/enrolment-tokens"
    token = admin.post(path).raise_for_status().json()["token"]
    listen = f"127.0.0.1:{free_port()}"
    server = ("--server", str(admin.base_url), "--token", token, "--listen", listen)
    told = _enrolled(folder, *server, *(p for one in cameras for p in ("--camera", one)))
    return AgentBox(
        folder=folder,
        station_id=UUID(station["id"]),
        camera_ids=tuple(UUID(camera["id"]) for camera in station["cameras"]),
        page=f"http://{listen}",
        pin=re.search(r"^station PIN: (\d+)$", told, re.MULTILINE)[1],
    )


def _enrolled(folder: Path, *arguments: str) -> str:
    """What the command printed."""
    done = subprocess.run(
        [*POLLCAM, "agent", "enroll", "--config", str(folder / "agent.toml"), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
