from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.wire.upload import ObjectKind
from recorder.disk.policy import MAX_PER_PASS, NOTHING, DiskUse, decide_eviction, seconds_left
from recorder.stock.stocked import StockedObject
from tests.fakes.journal import MORNING

RESERVE = 1000
TOTAL = 100_000


def segments(*sizes):
    return [
        StockedObject(
            kind=ObjectKind.SEGMENT,
            camera_id=uuid4(),
            object_id=uuid4(),
            path=Path("/spool"),
            sha256="0" * 64,
            size_bytes=size,
            start_utc=MORNING + timedelta(seconds=n),
            media_duration=timedelta(seconds=1),
        )
        for n, size in enumerate(sizes)
    ]


def use(free_bytes, total_bytes=TOTAL):
    return DiskUse(free_bytes=free_bytes, total_bytes=total_bytes)


def test_nothing_goes_while_there_is_room():
    assert decide_eviction(use(RESERVE), RESERVE, segments(10), segments(10)) == NOTHING


def test_what_the_archive_has_goes_first_the_oldest_first_and_no_more_than_needed():
    stored = segments(200, 200, 200)
    eviction = decide_eviction(use(RESERVE - 300), RESERVE, stored, segments(200))
    assert eviction.stored == tuple(stored[:2])
    assert eviction.unstored == ()


def test_only_when_that_is_not_enough_goes_what_it_has_not():
    stored, unstored = segments(200), segments(300, 300)
    eviction = decide_eviction(use(RESERVE - 400), RESERVE, stored, unstored)
    assert eviction.stored == tuple(stored)
    assert eviction.unstored == tuple(unstored[:1])


def test_a_disk_that_cannot_be_read_loses_nothing():
    assert decide_eviction(None, RESERVE, segments(10), segments(10)) == NOTHING


def test_a_disk_smaller_than_the_reserve_is_not_emptied():
    assert decide_eviction(use(0, RESERVE), RESERVE, segments(10), segments(10)) == NOTHING


def test_one_pass_has_its_limit():
    many = segments(*[1] * 100)
    assert len(decide_eviction(use(0), RESERVE, many, []).stored) == MAX_PER_PASS
    assert len(decide_eviction(use(0), RESERVE, [], many).unstored) == MAX_PER_PASS
    both = decide_eviction(use(0), RESERVE, many[:40], many)
    assert (len(both.stored), len(both.unstored)) == (40, MAX_PER_PASS - 40)


@given(
    free=st.integers(0, 2 * RESERVE),
    stored=st.lists(st.integers(1, 20), max_size=80),
    unstored=st.lists(st.integers(1, 20), max_size=80),
)
def test_a_wrong_decision_cannot_empty_a_disk_in_one_go(free, stored, unstored):
    eviction = decide_eviction(use(free), RESERVE, segments(*stored), segments(*unstored))
    assert len(eviction.stored) + len(eviction.unstored) <= MAX_PER_PASS
    if eviction.unstored:
        assert len(eviction.stored) == len(stored)
    goes = [*eviction.stored, *eviction.unstored]
    assert not goes or sum(one.size_bytes for one in goes[:-1]) < RESERVE - free


def test_time_left_is_what_lies_above_the_reserve():
    assert seconds_left(use(RESERVE + 500), RESERVE, 100.0) == 5.0
    assert seconds_left(use(0), RESERVE, 100.0) == 0.0
    assert seconds_left(None, RESERVE, 100.0) is None
    assert seconds_left(use(RESERVE), RESERVE, 0.0) is None
