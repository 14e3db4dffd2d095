"""`kill -9` of the agent between every two durable steps of recording and handing over."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from recorder.steps import Step
from tests.fault.conftest import Centre, running_centre, s3_settings
from tests.fault.scenario import EVICTIONS, HANDING_OVER, LOST_AT_MOST, Death, die_and_go_on

TOUCHING = timedelta(milliseconds=100)
AT_ONCE = 3
CASES = [
    *[pytest.param(("disk", step), id=f"disk-{step}") for step in Step],
    *[pytest.param(("s3", step), id=f"s3-{step}") for step in HANDING_OVER],
]


class Deaths:
    """All deaths of one centre's stations, a few at a time."""

    def __init__(self, centre: Centre, film: Path, folder: Path, steps: list[Step]) -> None:
        self.centre = centre
        self.film = film
        self.folder = folder
        self.steps = steps
        self._by_step: dict[Step, Future[Death]] = {}

    def begin(self, pool: ThreadPoolExecutor) -> None:
        self._by_step = {
            step: pool.submit(die_and_go_on, self.centre, self.film, self.folder / step, step)
            for step in self.steps
        }

    def at(self, step: Step) -> Death:
        """What came of one; waits for it."""
        return self._by_step[step].result(timeout=280)


@pytest.fixture(scope="module")
def deaths(request, short_segments, film, tmp_path_factory) -> Iterator[dict[str, Deaths]]:
    stacks = {"disk": ({}, list(Step)), "s3": (s3_settings(request), HANDING_OVER)}
    with ExitStack() as stack:
        running = {}
        for name, (settings, steps) in stacks.items():
            folder = tmp_path_factory.mktemp(name)
            (folder / "centre").mkdir()
            centre = stack.enter_context(running_centre(folder / "centre", **settings))
            running[name] = Deaths(centre, film, folder, steps)
        pool = ThreadPoolExecutor(AT_ONCE)
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        for one in running.values():
            one.begin(pool)
        yield running


@pytest.fixture(params=CASES)
def death(request, deaths) -> tuple[Centre, Death]:
    stack, step = request.param
    return deaths[stack].centre, deaths[stack].at(step)


def test_a_killed_agent_loses_two_seconds_at_most_and_nothing_twice(death):
    centre, died = death
    assert all(count == 1 for count in died.stated().values())
    assert died.lost <= LOST_AT_MOST
    for camera in died.box.camera_ids:
        rows = centre.segments(camera)
        assert [row.number for row in rows] == numbers(rows)
        overlaps = [a.end_utc - b.start_utc for a, b in pairwise(rows)]
        assert all(overlap <= TOUCHING for overlap in overlaps), overlaps


def test_every_whole_fragment_that_was_written_is_kept(death):
    centre, died = death
    rows = [row for camera in died.box.camera_ids for row in centre.segments(camera)]
    kept = {row.segment_id: row.size_bytes for row in rows}
    assert died.on_disk.items() <= kept.items()


def numbers(rows) -> list[int]:
    """What the numbers of these segments must be: in each run 0, 1, 2 …"""
    seen: dict[object, int] = {}
    expected = []
    for row in rows:
        expected.append(seen.get(row.run_id, 0))
        seen[row.run_id] = expected[-1] + 1
    return expected


def test_what_is_missing_after_a_death_is_a_gap_with_its_cause(death):
    centre, died = death
    allowed = {"agent_died"}
    if died.step in EVICTIONS:
        allowed |= {"evicted"}
    if died.step is Step.STOP_JOURNALLED:
        allowed |= {"agent_stopped"}
    for camera in died.box.camera_ids:
        rows = centre.segments(camera)
        coverage = centre.coverage(camera, rows[0].start_utc, died.ended_utc[camera])
        assert {span.state.value for span in coverage.spans} <= {"recorded", "gap"}
        assert {span.cause.value for span in coverage.spans if span.cause} <= allowed


def test_the_archive_is_whole_after_all_deaths(deaths):
    for one in deaths.values():
        for step in one.steps:
            one.at(step)
        assert one.centre.fsck() == []
