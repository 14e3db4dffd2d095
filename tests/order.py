"""Which file of tests runs when, and in which process: two work, a third waits."""

from itertools import chain
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

ROOT = Path(__file__).parents[1]
WAITING = frozenset(
    {
        "tests/fault/test_centre_away.py",
        "tests/integration/api/test_polling_day.py",
        "tests/integration/recorder/test_clock.py",
        "tests/integration/recorder/test_disk_trouble.py",
        "tests/integration/recorder/test_page_serving.py",
        "tests/integration/recorder/test_rtsp.py",
        "tests/integration/recorder/test_sound.py",
        "tests/integration/recorder/test_sources.py",
        "tests/integration/streamer/test_bad_links.py",
        "tests/integration/streamer/test_crew.py",
        "tests/integration/streamer/test_crew_limits.py",
        "tests/integration/streamer/test_crew_restart.py",
        "tests/integration/streamer/test_lossy_uplink.py",
        "tests/integration/streamer/test_passing_through.py",
        "tests/integration/streamer/test_smaller_stream.py",
    }
)
"""Files whose tests let time pass: a quarter of a processor at most (measured one by one)."""
_WITH_BROWSERS = ("tests/e2e/", "tests/integration/streamer/")
_WAITS = "gw2"


class TwoWorkOneWaits(LoadFileScheduling):
    """Hands files out so that waiting costs no processor its time.

    Two processes have two cores to themselves: a third one that works would starve the browsers
    of all. It is handed the files that wait, and when they are done those without a browser.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        file = self._next_for(node)
        if file is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)

    def _next_for(self, node: WorkerController) -> str | None:
        waits = node.gateway.id == _WAITS
        own = (file for file in self.workqueue if (file in WAITING) == waits)
        others = (
            file for file in self.workqueue if not (waits and file.startswith(_WITH_BROWSERS))
        )
        return next(chain(own, others), None)


def spread(items: list[pytest.Item]) -> None:
    """Mix the files of all folders: browsers beside what needs none.

    Files are handed out in this order: browsers all at once would starve one another, and a long
    file that comes last runs alone.
    """
    files: dict[Path, dict[Path, int]] = {}
    for item in items:
        of_folder = files.setdefault(_folder(item), {})
        of_folder.setdefault(item.path, len(of_folder))

    def place(item: pytest.Item) -> float:
        of_folder = files[_folder(item)]
        return (of_folder[item.path] + 0.5) / len(of_folder)

    items.sort(key=place)


def _folder(item: pytest.Item) -> Path:
    """`tests/e2e`, `tests/unit` and their like."""
    return Path(*item.path.relative_to(ROOT).parts[:2])
