"""`make bench-demo`: time until ready, share of two cores, memory, time to end."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_CORES = 2
_SETTLE_S = 10
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the demo, from its start to its end."""

    folder: str
    """`new`: stations are registered and enrolled; `kept`: they are there already."""
    ready_s: float
    cpu_until_ready_s: float
    """Of all processes together: what a machine with nothing else to do has to compute."""
    cpu_share: float
    """Of two cores, all processes together, while it runs."""
    pss_mib: float
    processes: int
    stop_s: float
    left_behind: int


def measure(folder: Path, name: str, window_s: int, stations: int) -> Run:
    """Start the demo, watch it, end it."""
    began_s = time.monotonic()  # noqa: TID251 a benchmark measures real time
    command = [sys.executable, "-m", "cli", "demo", "--json", "--data", str(folder)]
    options = ["--port", "0", "--stations", str(stations)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE) as demo:
        assert demo.stdout is not None
        if not demo.stdout.readline():
            raise SystemExit("the demo did not become ready")
        ready_s = time.monotonic() - began_s  # noqa: TID251
        until_ready_s = sum(_cpu_s(process) for process in _family(demo.pid))
        time.sleep(_SETTLE_S)
        share, pss = _used(demo.pid, window_s)
        family = list(_family(demo.pid))
        stop_s = _stopped(demo)
    left = [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    return Run(
        folder=name,
        ready_s=round(ready_s, 2),
        cpu_until_ready_s=round(until_ready_s, 2),
        cpu_share=round(share, 3),
        pss_mib=round(pss, 1),
        processes=len(family),
        stop_s=round(stop_s, 2),
        left_behind=len(left),
    )


def table(runs: Sequence[Run]) -> str:
    """The figures for a person."""
    lines = ["folder   ready s   CPU s till then   CPU of 2 cores   PSS MiB   processes   stop s"]
    lines += [
        f"{r.folder:<6} {r.ready_s:>9.1f} {r.cpu_until_ready_s:>17.1f} {r.cpu_share:>15.1%}"
        f" {r.pss_mib:>9.0f} {r.processes:>11} {r.stop_s:>8.1f}"
        for r in runs
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure a first run and a second one; print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window-s", type=int, default=30)
    parser.add_argument("--stations", type=int, default=4)
    chosen = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory(prefix="bench-demo-") as name:
        for folder in ("new", "kept"):
            _say(f"the demo in a {folder} folder, watched for {chosen.window_s} s")
            runs.append(measure(Path(name), folder, chosen.window_s, chosen.stations))
    _say(table(runs))
    first = runs[0]
    figures = {
        "stations": chosen.stations,
        "ready_s": first.ready_s,
        "cpu_share_of_two_cores": max(run.cpu_share for run in runs),
        "stop_s": max(run.stop_s for run in runs),
        "left_behind": sum(run.left_behind for run in runs),
        "load_of_machine": round(psutil.getloadavg()[0], 1),
        "runs": [asdict(run) for run in runs],
    }
    print(json.dumps(figures))
    return 0


def _used(pid: int, window_s: int) -> tuple[float, float]:
    """Share of two cores, and memory in MiB."""
    before_s = sum(_cpu_s(process) for process in _family(pid))
    began_s = time.monotonic()  # noqa: TID251
    time.sleep(window_s)
    used_s = sum(_cpu_s(process) for process in _family(pid)) - before_s
    lasted_s = time.monotonic() - began_s  # noqa: TID251
    pss = sum(process.memory_full_info().pss for process in _family(pid))
    return used_s / lasted_s / _CORES, pss / _MIB


def _family(pid: int) -> Iterator[psutil.Process]:
    demo = psutil.Process(pid)
    yield demo
    yield from demo.children(recursive=True)


def _cpu_s(process: psutil.Process) -> float:
    """Of the process and of its children that have ended."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def _stopped(demo: subprocess.Popen[bytes]) -> float:
    began_s = time.monotonic()  # noqa: TID251
    demo.send_signal(signal.SIGTERM)
    demo.wait(timeout=30)
    return time.monotonic() - began_s  # noqa: TID251


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
