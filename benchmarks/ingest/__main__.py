"""`make bench-ingest`: WHIP publishers a core, ours, aiortc's, MEDIAMTX=path and GO2RTC=path."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
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


def measure(
    intakes: Sequence[Intake], kind: str, film: Film, count: int, first: int, window_s: float
) -> list[Load]:
    """Let so many publish to each engine at once, and read what each uses in the same seconds.

    Whatever else the machine does then, and however fast it clocks, is the same for each.
    """
    targets = [[i.target(first + number) for number in range(count)] for i in intakes]
    with _PUBLISHERS[kind](film, targets):
        time.sleep(_SETTLE_S)
        processes = [psutil.Process(intake.pid) for intake in intakes]
        before = [_used_s(process) for process in processes]
        began_s = time.perf_counter()
        time.sleep(window_s)
        lasted_s = time.perf_counter() - began_s
        return [
            Load(
                publishers=count,
                cpu_pct=100 * (_used_s(process) - used_s) / lasted_s,
                pss_kib=process.memory_full_info().pss / 1024,
            )
            for process, used_s in zip(processes, before, strict=True)
        ]


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


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
    """Measure all engines at once, print the table, then one JSON object."""
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
        engines = {
            engine: start
            for engine, start in chosen(os.environ).items()
            if not asked.only or engine in asked.only.split(",")
        }
        for kind in asked.publishers.split(","):
            with ExitStack() as stack:
                intakes = [stack.enter_context(start(Path(name))) for start in engines.values()]
                _say(f"{', '.join(engines)}: {asked.few}, then {asked.many} times {kind}")
                few = measure(intakes, kind, film, asked.few, 0, asked.window_s)
                many = measure(intakes, kind, film, asked.many, asked.few, asked.window_s)
            for engine, less, more in zip(engines, few, many, strict=True):
                by_engine.setdefault(engine, {})[kind] = figures(less, more)
    _say(table(by_engine))
    print(json.dumps(compared(by_engine)))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
