"""`make bench-workers`: the same viewers of two cameras on one worker process, then on two.

Publishers and viewers share the machine's cores with the workers, so the film is a heavy one: it
fills a worker's core with few viewers, which are what the load generator has to do with.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean

from benchmarks.fanout.film import make_film
from benchmarks.workers.crew import crew
from benchmarks.workers.measuring import Load, rise

_WORKERS = (1, 2)
_CAMERAS = 2


def figures(loads: Sequence[Load]) -> dict[str, object]:
    """What a crew costs, by the slope from its first step to its last where nobody missed any."""
    sustained = [load for load in loads if load.is_sustained(loads[0])] or loads[:1]
    first, last = sustained[0], sustained[-1]
    more_cpu_pct = last.cpu_pct - first.cpu_pct
    more_packets_per_s = max(1.0, last.all_packets_per_s - first.all_packets_per_s)
    return {
        "cpu_us_per_packet": round(more_cpu_pct * 1e4 / more_packets_per_s, 2),
        "cpu_per_viewer_pct": round(more_cpu_pct / max(1, last.viewers - first.viewers), 4),
        "viewers_sustained": last.viewers,
        "worker_cpu_pct": [round(cpu, 1) for cpu in last.worker_cpu_pct],
        "uneven_pct": round(100 * (max(last.worker_cpu_pct) / mean(last.worker_cpu_pct) - 1), 1),
        "front_cpu_pct": round(last.front_cpu_pct, 1),
        "machine_idle_pct": round(last.machine_idle_pct, 1),
        "is_at_its_limit": len(sustained) < len(loads),
        "raw": [asdict(load) for load in loads],
    }


def compared(by_workers: Mapping[int, dict[str, object]]) -> dict[str, object]:
    """One against two: what a packet costs, and how many viewers there are."""
    one, two = (by_workers[workers] for workers in _WORKERS)
    return {
        "workers": {str(workers): found for workers, found in by_workers.items()},
        "cost_ratio": _ratio(two, one, "cpu_us_per_packet"),
        "viewers_ratio": _ratio(two, one, "viewers_sustained"),
    }


def table(by_workers: Mapping[int, dict[str, object]]) -> str:
    """The figures for a person."""
    names = ("cpu_us_per_packet", "viewers_sustained", "uneven_pct", "front_cpu_pct")
    lines = [f"workers {' '.join(f'{name:>20}' for name in names)}"]
    lines += [
        f"{workers:<7} {' '.join(f'{found[name]!s:>20}' for name in names)}"
        for workers, found in by_workers.items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure one crew after the other, print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", default="40,100,200,300,400,500,600,700,800", help="rising")
    parser.add_argument("--window-s", type=float, default=10.0)
    parser.add_argument("--kbps", type=int, default=6000, help="of the film")
    asked = parser.parse_args()
    steps = [int(step) for step in asked.steps.split(",")]
    by_workers: dict[int, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-workers-") as name:
        _say("encoding the film")
        film = make_film(Path(name), 30, kbps=asked.kbps)
        for workers in _WORKERS:
            _say(f"{workers} of {_WORKERS[-1]} workers: up to {steps[-1]} viewers")
            with crew(film, workers, _CAMERAS) as running:
                loads = asyncio.run(rise(running, steps, asked.window_s))
            by_workers[workers] = figures(loads)
            _say(json.dumps(by_workers[workers]))
    _say(table(by_workers))
    print(json.dumps(compared(by_workers)))
    return 0


def _ratio(over: Mapping[str, object], under: Mapping[str, object], name: str) -> float | None:
    above, below = over[name], under[name]
    if not (isinstance(above, int | float) and isinstance(below, int | float) and below):
        return None
    return round(above / below, 2)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
