"""The real `pollcam demo`, started as a person starts it."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
_END_S = 90
READY_WITHIN_S = 240.0
"""Not how fast it is: `benchmarks/demo` measures that. Test machines carry other things, too."""


@dataclass(frozen=True, kw_only=True)
class RunningDemo:
    """A demo that is ready."""

    process: psutil.Popen
    facts: dict[str, Any]
    """What it said as JSON."""
    lines: list[str]
    """All that it wrote to standard output."""
    said: Path
    """What it writes to standard error."""

    @property
    def folder(self) -> Path:
        return Path(self.facts["data_dir"])

    def client(self, role: str) -> httpx.Client:
        """Acts by the role's token."""
        token = self.facts["accounts"][role]["token"]
        headers = {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.facts["url"], headers=headers, timeout=120)

    def family(self) -> list[psutil.Process]:
        """All processes below it."""
        return self.process.children(recursive=True)

    def part(self, *words: str) -> psutil.Process:
        """The process whose command line holds these words."""
        return next(p for p in self.process.children() if set(words) <= set(command_of(p)))


def command(folder: Path, *options: str) -> list[str]:
    """The command line, on a free port."""
    own = [sys.executable, "-m", "cli", "demo", "--data", str(folder)]
    return [*own, *(() if "--port" in options else ("--port", "0")), *options]


def refused(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a demo that is not to start."""
    return subprocess.run(
        command(folder, *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[RunningDemo]:
    """A demo for the time of the block, ended by SIGTERM unless it ended before."""
    with tempfile.TemporaryDirectory() as place:
        out, said = Path(place) / "out", Path(place) / "said"
        with out.open("wb") as output, said.open("wb") as errors:
            process = psutil.Popen(
                command(folder, "--json", *options), cwd=ROOT, stdout=output, stderr=errors
            )
        try:
            _until_line(process, out, said)
            lines = out.read_text().splitlines()
            yield RunningDemo(process=process, facts=json.loads(lines[0]), lines=lines, said=said)
        finally:
            end(process)


def end(process: psutil.Popen) -> int:
    """Tell it to end; its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=_END_S)
    except psutil.TimeoutExpired:
        process.kill()
        raise


def are_gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs any more."""
    return not any(_runs(process) for process in processes)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_of(process: psutil.Process) -> list[str]:
    """Empty when it has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _until_line(process: psutil.Popen, out: Path, said: Path) -> None:
    def has_said() -> bool:
        assert process.poll() is None, said.read_text()
        return out.read_text().endswith("\n")

    wait_until(has_said, within_s=READY_WITHIN_S, what="the demo is ready")
