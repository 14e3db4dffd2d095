"""`make bench-record`: CPU and memory of recording N RTSP cameras, ours against ffmpeg's."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.record.cameras import make_film, serving
from benchmarks.record.contestants import start_ffmpeg, start_ours
from benchmarks.record.measuring import WARM_UP_S, Cost, measure

_CONTESTANTS = {"pollcam": start_ours, "ffmpeg": start_ffmpeg}


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


def table(costs: Sequence[Cost]) -> str:
    """The figures for a person."""
    lines = ["contestant  cameras   user %  system %   CPU %   PSS MiB   recorded MiB"]
    lines += [
        f"{c.contestant:<10}  {c.cameras:>7}  {c.cpu_user_pct:>7.2f}  {c.cpu_system_pct:>8.2f}"
        f"  {c.cpu_pct:>6.2f}  {c.pss_mib:>8.1f}  {c.recorded_mib:>13.1f}"
        for c in costs
    ]
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
        film = Path(name) / "film.mp4"
        _say(f"encoding the film all cameras send, {chosen.kbps} kbit/s")
        make_film(film, chosen.window_s + WARM_UP_S + 20, chosen.kbps)
        costs = []
        for cameras in (chosen.few, chosen.many):
            _say(f"{cameras} cameras, both at once, for {chosen.window_s} s")
            with serving(film, cameras) as urls:
                costs += measure(_CONTESTANTS, urls, chosen.window_s, Path(name))
    _say(table(costs))
    print(json.dumps(compared(costs, chosen.few, chosen.many)))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
