"""`make bench-wall`: the wall in Chromium with 6,000 cameras, and with 60 in the same run."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.wall.page import Smoothness, WallFigures, measure
from core.logs import configure_logging
from tests.stage.browser import running_browser

_HEAD = (
    "cameras  open ms  nodes  tab MiB  |  frames  late  worst ms  tasks > 50 ms  longest"
    "  blocked ms  |  left alone: tasks > 50 ms  longest  blocked ms"
)


def main() -> int:
    """Measure both, print the table, then one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=30, help="stations, of two cameras each")
    parser.add_argument("--many", type=int, default=3000)
    parser.add_argument("--watch-s", type=float, default=30.0, help="it is left alone for so long")
    asked = parser.parse_args()
    configure_logging("ERROR")
    walls = []
    with running_browser() as browser:
        for stations in (asked.few, asked.many):
            _say(f"a wall of {2 * stations} cameras")
            with tempfile.TemporaryDirectory(prefix="bench-wall-") as folder:
                walls.append(measure(browser, Path(folder), stations, asked.watch_s))
    _say(table(walls))
    load = round(psutil.getloadavg()[0], 1)
    print(json.dumps({"walls": [wall.as_json() for wall in walls], "load_of_machine": load}))
    return 0


def table(walls: Sequence[WallFigures]) -> str:
    """The figures for a person."""
    return "\n".join([_HEAD, *map(_line, walls)])


def _line(wall: WallFigures) -> str:
    moved = wall.scrolled
    return (
        f"{wall.cameras:>7} {wall.open_ms:>8} {wall.nodes:>6} {wall.tab_mib:>8}  |"
        f"  {moved.frames:>6} {moved.late_frames:>5} {moved.worst_frame_ms:>9} {_tasks(moved)}"
        f"  | {_tasks(wall.watched):>48}"
    )


def _tasks(some: Smoothness) -> str:
    return f"{some.long_tasks:>14} {some.longest_task_ms:>8} {some.blocked_ms:>11}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
