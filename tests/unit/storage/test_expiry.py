from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.station import StationMode
from storage.expiry import (
    MAX_STRETCH_SEGMENTS,
    MassDeletionError,
    RetentionPolicy,
    StoredSegment,
    check_share,
    is_due,
    stretches_of,
)
from storage.holds import HoldScope
from tests.fakes.holdings import at, stretch

STATION, CAMERA, RUN = UUID(int=1), UUID(int=2), UUID(int=3)
POLICY = RetentionPolicy(keep={StationMode.ONLINE: timedelta(seconds=100)})


def segment(number: int = 0, **changes) -> StoredSegment:
    values = {
        "segment_id": uuid4(),
        "run_id": RUN,
        "number": number,
        "station_id": STATION,
        "camera_id": CAMERA,
        "mode": StationMode.ONLINE,
        "range": stretch(10 * number, 10 * number + 10),
        "size_bytes": 5,
        "object_key": "v1/key",
    }
    return StoredSegment(**{**values, **changes})


def test_a_segment_is_due_when_its_whole_time_is_past():
    assert not is_due(segment(), [], POLICY, at(109.9))
    assert is_due(segment(), [], POLICY, at(110))


def test_a_mode_that_is_not_named_is_kept_for_ever():
    kept = segment(mode=StationMode.RECORDING_ONLY)
    assert not is_due(kept, [], POLICY, at(10**9))


@pytest.mark.parametrize(
    ("scope", "is_held"),
    [
        (HoldScope(range=stretch(9, 11)), True),
        (HoldScope(range=stretch(10, 11)), False),
        (HoldScope(range=stretch(0, 10), station_id=STATION), True),
        (HoldScope(range=stretch(0, 10), station_id=UUID(int=9)), False),
        (HoldScope(range=stretch(0, 10), camera_id=CAMERA), True),
        (HoldScope(range=stretch(0, 10), station_id=STATION, camera_id=UUID(int=9)), False),
    ],
)
def test_a_hold_keeps_exactly_what_it_covers(scope, is_held):
    assert is_due(segment(), [scope], POLICY, at(1000)) is not is_held


def test_a_run_may_delete_its_share_and_no_more():
    check_share(20, 100, POLICY)
    with pytest.raises(MassDeletionError, match="21 of 100"):
        check_share(21, 100, POLICY)
    check_share(0, 0, POLICY)
    check_share(100, 100, replace(POLICY, max_share=1.0))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_part_of_the_whole(share):
    with pytest.raises(SettingsError):
        RetentionPolicy(keep={}, max_share=share)


def test_footage_is_never_kept_for_no_time():
    with pytest.raises(SettingsError):
        RetentionPolicy(keep={StationMode.ONLINE: timedelta(0)})


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), unique=True, max_size=40))
def test_stretches_hold_every_segment_once_and_only_neighbours(places):
    runs = [UUID(int=n + 10) for n in range(3)]
    due = [segment(number, run_id=runs[run]) for run, number in places]
    stretches = stretches_of(due)
    together = [s for part in stretches for s in part.segments]
    assert sorted(s.segment_id for s in together) == sorted(s.segment_id for s in due)
    for part in stretches:
        first = part.segments[0]
        assert [(s.run_id, s.number) for s in part.segments] == [
            (first.run_id, first.number + n) for n in range(len(part.segments))
        ]
    edges = {(part.segments[-1].run_id, part.segments[-1].number + 1) for part in stretches}
    assert not edges & {(part.segments[0].run_id, part.segments[0].number) for part in stretches}


def test_a_long_stretch_is_cut():
    due = [segment(number) for number in range(MAX_STRETCH_SEGMENTS + 1)]
    assert [len(part.segments) for part in stretches_of(due)] == [MAX_STRETCH_SEGMENTS, 1]


def test_the_record_of_the_same_segments_has_the_same_id():
    due = [segment(0), segment(1)]
    [first], [second] = stretches_of(due), stretches_of(due[::-1])
    assert first.gap_id == second.gap_id
    assert first.range == stretch(0, 20)
    assert stretches_of(due[:1])[0].gap_id != first.gap_id
