"""`make bench-ingest`: WHIP publishers a core, ours against stock aiortc's and MEDIAMTX=path."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.fanout.film import Film, make_film
from benchmarks.ingest.engines import Intake, agent_publishing, chosen, ffmpeg_publishing

_SETTLE_S = 8.0
_PUBLISHERS = {"ffmpeg": ffmpeg_publishing, "agent": agent_publishing}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """An engine with so many publishers."""

    publishers: int
    cpu_pct: float
    pss_kib: float


def measure(intake: Intake, kind: str, film: Film, count: int, first: int, window_s: float) -> Load:
    """Let so many publish, and read what the engine uses."""
    process = psutil.Process(intake.pid)
    targets = [intake.target(first + number) for number in range(count)]
    publishing: AbstractContextManager[None] = _PUBLISHERS[kind](film, targets)
    with publishing:
        time.sleep(_SETTLE_S)
        before = process.cpu_times()
        began_s = time.perf_counter()
        time.sleep(window_s)
        after, lasted_s = process.cpu_times(), time.perf_counter() - began_s
        used_s = after.user + after.system - before.user - before.system
        pss = process.memory_full_info().pss / 1024
    return Load(publishers=count, cpu_pct=100 * used_s / lasted_s, pss_kib=pss)


def figures(few: Load, many: Load) -> dict[str, object]:
    """What a publisher costs, by the slope."""
    more = many.publishers - few.publishers
    cpu = (many.cpu_pct - few.cpu_pct) / more
    return {
        "cpu_per_publisher_pct": round(cpu, 4),
        "publishers_per_core": round(100 / cpu) if cpu > 0 else None,
        "memory_per_publisher_kib": round((many.pss_kib - few.pss_kib) / more),
        "raw": [asdict(few), asdict(many)],
    }


def compared(by_engine: Mapping[str, Mapping[str, dict[str, object]]]) -> dict[str, object]:
    """The figures the goals are stated in, for each kind of publisher."""
    ratios: dict[str, object] = {}
    for kind in _PUBLISHERS:
        costs = {
            name: float(str(kinds[kind]["cpu_per_publisher_pct"]))
            for name, kinds in by_engine.items()
            if kind in kinds
        }
        ours = costs.pop("pollcam", 0.0)
        if costs and ours > 0:
            ratios[kind] = round(min(costs.values()) / ours, 2)
    return {"engines": by_engine, "ratio_to_best_peer": ratios}


def table(by_engine: Mapping[str, Mapping[str, dict[str, object]]]) -> str:
    """The figures for a person."""
    lines = ["engine     publisher  CPU % a publisher  publishers/core  KiB a publisher"]
    lines += [
        f"{name:<10} {kind:<9} {f['cpu_per_publisher_pct']:>18} {f['publishers_per_core']!s:>16}"
        f" {f['memory_per_publisher_kib']:>16}"
        for name, kinds in by_engine.items()
        for kind, f in kinds.items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure one engine after the other, print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1)
    parser.add_argument("--many", type=int, default=9)
    parser.add_argument("--window-s", type=float, default=15.0)
    parser.add_argument("--only", default="", help="names of engines, comma-separated")
    parser.add_argument("--publishers", default=",".join(_PUBLISHERS))
    asked = parser.parse_args()
    by_engine: dict[str, dict[str, dict[str, object]]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as name:
        _say("encoding the film")
        film = make_film(Path(name), 30)
        for engine, start in chosen(os.environ).items():
            if asked.only and engine not in asked.only.split(","):
                continue
            by_engine[engine] = {}
            for kind in asked.publishers.split(","):
                _say(f"{engine}, published to by {kind}")
                with start(Path(name)) as intake:
                    few = measure(intake, kind, film, asked.few, 0, asked.window_s)
                    many = measure(intake, kind, film, asked.many, asked.few, asked.window_s)
                by_engine[engine][kind] = figures(few, many)
    _say(table(by_engine))
    print(json.dumps(compared(by_engine)))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
