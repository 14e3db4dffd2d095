"""`make bench-fanout`: viewers a core, ours against stock aiortc, MEDIAMTX=path, GO2RTC=path."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.fanout.engines import chosen
from benchmarks.fanout.film import make_film
from benchmarks.fanout.measuring import Load, Whole, rise, see_whole

_WHOLE_S = 8.0


def figures(loads: Sequence[Load], whole: Whole) -> dict[str, object]:
    """What an engine costs, by the slope from its first step to its last without loss."""
    whole_rate = 0.9 * loads[0].packets_per_s
    sound = [x for x in loads if not x.lost_packets and x.packets_per_s >= whole_rate] or loads[:2]
    first, last = sound[0], sound[-1]
    more = max(1, last.viewers - first.viewers)
    cpu = (last.cpu_pct - first.cpu_pct) / more
    return {
        "cpu_per_viewer_pct": round(cpu, 4),
        "viewers_per_core": round(100 / cpu) if cpu > 0 else None,
        "cpu_us_per_packet": round(cpu * 1e4 / last.packets_per_s, 2),
        "memory_per_viewer_kib": round((last.pss_kib - first.pss_kib) / more),
        "lost_packets": sum(load.lost_packets for load in loads),
        "most_viewers": last.viewers,
        "packets_per_s": round(last.packets_per_s, 1),
        "whole": asdict(whole),
        "raw": [asdict(load) for load in loads],
    }


def compared(by_engine: Mapping[str, dict[str, object]]) -> dict[str, object]:
    """The figures the goals are stated in."""
    peers = {name: f["viewers_per_core"] for name, f in by_engine.items() if name != "pollcam"}
    best = max(peers, key=lambda name: _number(peers[name]), default=None)
    ours = _number(by_engine.get("pollcam", {}).get("viewers_per_core"))
    ratio = round(ours / _number(peers[best]), 2) if best and _number(peers[best]) else None
    return {"engines": dict(by_engine), "best_peer": best, "ratio_to_best_peer": ratio}


def table(by_engine: Mapping[str, dict[str, object]]) -> str:
    """The figures for a person."""
    names = ("cpu_per_viewer_pct", "viewers_per_core", "cpu_us_per_packet")
    more = ("memory_per_viewer_kib", "lost_packets", "most_viewers")
    lines = ["engine     CPU % a viewer  viewers/core  µs/packet  KiB a viewer  lost  most viewers"]
    lines += [
        f"{name:<10} {f[names[0]]:>14} {f[names[1]]!s:>13} {f[names[2]]:>10}"
        f" {f[more[0]]:>13} {f[more[1]]:>5} {f[more[2]]:>13}"
        for name, f in by_engine.items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure one engine after the other, print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", default="10,50,100,200,400,800", help="viewers, rising")
    parser.add_argument("--window-s", type=float, default=10.0)
    parser.add_argument("--only", default="", help="names of engines, comma-separated")
    asked = parser.parse_args()
    steps = [int(step) for step in asked.steps.split(",")]
    by_engine: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-fanout-") as name:
        _say("encoding the film")
        film = make_film(Path(name), 30)
        for engine_name, start in chosen(os.environ).items():
            if asked.only and engine_name not in asked.only.split(","):
                continue
            _say(f"{engine_name}: up to {steps[-1]} viewers, {asked.window_s:.0f} s each")
            with start(film, Path(name)) as engine:
                whole = asyncio.run(see_whole(engine, 4, _WHOLE_S))
                loads = asyncio.run(rise(engine, steps, asked.window_s))
            by_engine[engine_name] = figures(loads, whole)
            _say(json.dumps(by_engine[engine_name]))
    _say(table(by_engine))
    print(json.dumps(compared(by_engine)))
    return 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
