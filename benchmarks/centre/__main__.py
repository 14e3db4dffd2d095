"""`make bench-centre`: stations that one process of the control API carries."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.centre.agent import Habits
from benchmarks.centre.beats import compare
from benchmarks.centre.measuring import FULL_PCT, LATE_MS, Step, rise
from benchmarks.centre.parts import Centre, running_centre
from core.logs import configure_logging
from core.station import SEGMENT_TARGET_S, LiveMode, StationMode

_HEAD = (
    "stations  API CPU %  PostgreSQL %  load's %  API MiB  PostgreSQL MiB  requests/s"
    "  p50 ms  p95 ms  errors"
)


def figures(steps: Sequence[Step]) -> dict[str, object]:
    """What a station costs, by the slope from the first step to the last that was not too much."""
    sound = [step for step in steps if not step.is_too_much]
    sound = sound if len(sound) > 1 else list(steps[:2])
    first, last = sound[0], sound[-1]
    more = last.stations - first.stations
    shares = {
        "cpu_per_station_pct": last.cpu_pct - first.cpu_pct,
        "database_cpu_per_station_pct": last.database_cpu_pct - first.database_cpu_pct,
        "memory_per_station_kib": 1024 * (last.pss_mib - first.pss_mib),
    }
    # One step has no slope.
    slopes = {name: round(grown / more, 4) if more else None for name, grown in shares.items()}
    cpu = slopes["cpu_per_station_pct"]
    return {
        **slopes,
        "stations_per_core": round(100 / cpu) if cpu and cpu > 0 else None,
        "api_memory_mib": last.pss_mib,
        "most_stations": last.stations,
        "steps": [asdict(step) for step in steps],
    }


def table(steps: Sequence[Step]) -> str:
    """The figures for a person."""
    return "\n".join([_HEAD, *map(_line, steps), "", _by_kind(steps[-1])])


def _line(step: Step) -> str:
    p50, p95 = step.ms["all"]
    return (
        f"{step.stations:>8} {step.cpu_pct:>10} {step.database_cpu_pct:>13} {step.load_cpu_pct:>9}"
        f" {step.pss_mib:>8} {step.database_pss_mib:>15} {sum(step.requests_per_s.values()):>11.1f}"
        f" {p50:>7} {p95:>7} {sum(step.errors.values()):>7}"
    )


def _by_kind(step: Step) -> str:
    lines = [f"{step.stations} stations  requests/s   p50 ms   p95 ms"]
    for kind, rate in step.requests_per_s.items():
        p50, p95 = step.ms[kind]
        lines.append(f"{kind:<14} {rate:>12} {p50:>8} {p95:>8}")
    return "\n".join([*lines, *(f"{count} × {what}" for what, count in step.errors.items())])


def _habits(asked: argparse.Namespace) -> Habits:
    mode, live = StationMode(asked.mode), LiveMode(asked.live)
    return Habits(
        mode=mode,
        live=live,
        segment_s=SEGMENT_TARGET_S[mode],
        segment_bytes=asked.segment_bytes,
        jpeg=b"\xff\xd8\xff\xe0".ljust(asked.still_bytes, b"."),
    )


def _beats(asked: argparse.Namespace) -> dict[str, object]:
    """Heartbeats alone, beside the peer's."""
    counts = _numbers(asked.beats)
    _say(f"heartbeats alone, ours and a bare route: {asked.beats} stations")
    with _centre("disk") as (centre, folder):
        found = asyncio.run(compare(centre, folder, _habits(asked), counts, asked.window_s))
    _say(json.dumps(found))
    return found


def _whole(asked: argparse.Namespace) -> list[Step]:
    """All that agents do."""
    _say(f"{asked.mode}, live {asked.live}, footage on {asked.objects}: {asked.steps} stations")
    steps = _numbers(asked.steps)
    with _centre(asked.objects) as (centre, _):
        measured = asyncio.run(rise(centre, _habits(asked), steps, asked.window_s))
    _say(table(measured))
    return measured


@contextmanager
def _centre(objects: str) -> Iterator[tuple[Centre, Path]]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-centre-") as name,
        running_centre(Path(name), objects) as centre,
    ):
        yield centre, Path(name)


def main() -> int:
    """Measure, print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--steps", default="25,50,100,200,400", help="stations, rising; empty: none"
    )
    parser.add_argument("--window-s", type=float, default=15.0)
    parser.add_argument("--mode", choices=list(StationMode), default=StationMode.ONLINE)
    parser.add_argument("--live", choices=list(LiveMode), default=LiveMode.ALWAYS)
    parser.add_argument("--objects", choices=["disk", "s3"], default="disk", help="s3: MinIO")
    help_bytes = "small, so that the disk is not what is measured; a real one has 2,000,000"
    parser.add_argument("--segment-bytes", type=int, default=1024, help=help_bytes)
    parser.add_argument("--still-bytes", type=int, default=12_000)
    help_beats = "stations of the comparison with a bare route; empty: none"
    parser.add_argument("--beats", default="40,160", help=help_beats)
    asked = parser.parse_args()
    configure_logging("ERROR")
    beats = _beats(asked) if asked.beats else {}
    whole = figures(_whole(asked)) if asked.steps else {}
    asked_for = {name: str(value) for name, value in vars(asked).items()}
    print(
        json.dumps(
            {**whole, "beats": beats, "asked": asked_for, "full_pct": FULL_PCT, "late_ms": LATE_MS}
        )
    )
    return 0


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
