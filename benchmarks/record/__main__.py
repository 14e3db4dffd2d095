"""`make bench-record`: CPU and memory of recording N RTSP cameras, ours against ffmpeg's."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import Popen

import psutil

from benchmarks.record.cameras import make_film, serving
from benchmarks.record.contestants import recorded_bytes, start_ffmpeg, start_ours, stop

_MIB = 2**20
_WARM_UP_S = 8
"""Longer than either needs to open its sessions, and long enough that caches are filled."""
Start = Callable[[Sequence[str], Path], list[Popen[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one contestant used for so many cameras."""

    contestant: str
    cameras: int
    cpu_pct: float
    """Of one core, all processes together."""
    pss_mib: float
    """Memory, shared pages counted once."""
    recorded_kbps: int
    """Video on the disk, over the whole time: that both did the work."""


def measure(name: str, start: Start, urls: Sequence[str], window_s: int, root: Path) -> Cost:
    """Let one contestant record the cameras and read what it used."""
    directory = root / f"{name}-{len(urls)}"
    directory.mkdir()
    began_s = time.perf_counter()
    processes = start(urls, directory)
    watched = [psutil.Process(process.pid) for process in processes]
    time.sleep(_WARM_UP_S)
    before_s, at_s = _cpu_s(watched), time.perf_counter()
    time.sleep(window_s)
    used_s, lasted_s = _cpu_s(watched) - before_s, time.perf_counter() - at_s
    pss = sum(process.memory_full_info().pss for process in watched)
    stop(processes)
    recorded = recorded_bytes(directory)
    shutil.rmtree(directory)
    return Cost(
        contestant=name,
        cameras=len(urls),
        cpu_pct=round(100 * used_s / lasted_s, 2),
        pss_mib=round(pss / _MIB, 1),
        recorded_kbps=round(recorded * 8 / 1000 / (time.perf_counter() - began_s)),
    )


def _cpu_s(watched: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in watched]
    return sum(t.user + t.system for t in times)


def compared(costs: Sequence[Cost], few: int, many: int) -> dict[str, object]:
    """The figures the goals are stated in."""
    by = {(cost.contestant, cost.cameras): cost for cost in costs}
    ours, theirs = by["pollcam", many], by["ffmpeg", many]
    slope = (ours.pss_mib - by["pollcam", few].pss_mib) / (many - few)
    their_slope = (theirs.pss_mib - by["ffmpeg", few].pss_mib) / (many - few)
    return {
        "cameras": many,
        "cpu_ratio": round(ours.cpu_pct / theirs.cpu_pct, 3),
        "memory_ratio": round(ours.pss_mib / theirs.pss_mib, 3),
        "memory_per_camera_mib": round(slope, 2),
        "memory_per_camera_ffmpeg_mib": round(their_slope, 2),
        "memory_few_cameras_mib": by["pollcam", few].pss_mib,
        "raw": [asdict(cost) for cost in costs],
    }


def _table(costs: Sequence[Cost]) -> str:
    lines = ["contestant  cameras   CPU % of a core   PSS MiB   recorded kbit/s"]
    for c in costs:
        lines.append(
            f"{c.contestant:<10}  {c.cameras:>7}  {c.cpu_pct:>16.2f}  {c.pss_mib:>8.1f}"
            f"  {c.recorded_kbps:>16}"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=2)
    parser.add_argument("--many", type=int, default=16)
    parser.add_argument("--window-s", type=int, default=30)
    parser.add_argument("--kbps", type=int, default=2000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-record-") as name:
        root = Path(name)
        _say(f"encoding the film all cameras send, {chosen.kbps} kbit/s")
        make_film(root / "film.mp4", chosen.window_s + _WARM_UP_S + 20, chosen.kbps)
        costs = _measured(root, chosen)
    _say(_table(costs))
    print(json.dumps(compared(costs, chosen.few, chosen.many)))
    return 0


def _measured(root: Path, chosen: argparse.Namespace) -> list[Cost]:
    contestants: list[tuple[str, Start]] = [("pollcam", start_ours), ("ffmpeg", start_ffmpeg)]
    costs = []
    for cameras in (chosen.few, chosen.many):
        with serving(root / "film.mp4", cameras) as urls:
            for name, start in contestants:
                _say(f"{name}: {cameras} cameras for {chosen.window_s} s")
                costs.append(measure(name, start, urls, chosen.window_s, root))
    return costs


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
