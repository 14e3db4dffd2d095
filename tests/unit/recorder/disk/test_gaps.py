from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.footage import GapCause
from core.timerange import TimeRange, merged
from recorder.disk.gaps import PIECE, TOUCHING, GapBook, Missing
from tests.fakes.journal import MORNING

UNREACHABLE, SILENT = GapCause.CAMERA_UNREACHABLE, GapCause.CAMERA_SILENT


def at(seconds):
    return MORNING + timedelta(seconds=seconds)


def missing(start_s, end_s, cause):
    return Missing(TimeRange(at(start_s), at(end_s)), cause)


def book(end_s=0.0, cause=GapCause.AGENT_DIED):
    return GapBook(None if end_s is None else at(end_s), cause, at(0))


def recording(end_s=10.0):
    gaps = book()
    gaps.recorded(at(0), at(end_s))
    return gaps


def test_what_follows_at_once_leaves_no_gap():
    gaps = recording(10)
    assert gaps.recorded(at(10), at(20)) is None
    assert gaps.recorded(at(20) + TOUCHING, at(30)) is None


def test_the_stretch_since_the_last_start_has_the_cause_it_was_left_with():
    assert book(cause=GapCause.AGENT_STOPPED).recorded(at(60), at(70)) == missing(
        0, 60, GapCause.AGENT_STOPPED
    )


def test_before_the_first_picture_ever_nothing_is_missing():
    assert book(None).recorded(at(60), at(70)) is None


def test_unless_something_kept_it_from_being_taken():
    gaps = book(None)
    assert gaps.blamed(UNREACHABLE, at(5)) is None
    assert gaps.recorded(at(60), at(70)) == missing(0, 60, UNREACHABLE)


def test_a_hole_nobody_explained_is_a_silent_camera():
    assert recording(10).recorded(at(15), at(20)) == missing(10, 15, SILENT)


def test_a_change_of_cause_divides_the_gap():
    gaps = recording(10)
    assert gaps.blamed(SILENT, at(14)) is None
    assert gaps.blamed(SILENT, at(15)) is None
    assert gaps.blamed(UNREACHABLE, at(16)) == missing(10, 16, SILENT)
    assert gaps.recorded(at(20), at(21)) == missing(16, 20, UNREACHABLE)


def test_a_gap_that_lasts_is_stated_in_pieces():
    gaps = recording(10)
    gaps.blamed(UNREACHABLE, at(10))
    assert gaps.waited(at(10) + PIECE) is None
    assert gaps.waited(at(75)) == missing(10, 75, UNREACHABLE)
    assert gaps.recorded(at(80), at(81)) == missing(75, 80, UNREACHABLE)


def test_waiting_while_all_is_well_states_nothing():
    assert recording(10).waited(at(1000)) is None
    assert recording(10).stopped(at(1000)) is None


def test_what_is_missing_at_the_end_keeps_its_cause():
    gaps = recording(10)
    gaps.blamed(UNREACHABLE, at(12))
    assert gaps.stopped(at(15)) == missing(10, 15, UNREACHABLE)
    assert gaps.stopped(at(15)) is None


def test_a_clock_set_forward_leaves_the_hour_it_leapt_over():
    gaps = recording(10)
    assert gaps.blamed(GapCause.CLOCK_STEPPED, at(3610)) is None
    assert gaps.waited(at(3700)) is None
    assert gaps.recorded(at(3610), at(3611)) == missing(10, 3610, GapCause.CLOCK_STEPPED)


def test_a_clock_set_back_leaves_the_hour_that_two_pieces_call_their_own():
    gaps = recording(3610)
    assert gaps.recorded(at(10), at(11)) == missing(10, 3610, GapCause.CLOCK_STEPPED)
    assert gaps.recorded(at(11), at(12)) is None


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["recorded", "blamed", "waited"]),
        st.floats(0.01, 100.0),
        st.sampled_from([UNREACHABLE, SILENT, GapCause.DISK_FULL]),
    ),
    max_size=40,
)


@given(EVENTS)
def test_footage_and_gaps_account_for_every_moment_and_never_twice(events):
    gaps, now_s, stated, footage = book(), 0.0, [], []
    for kind, step_s, cause in events:
        now_s += step_s
        if kind == "recorded":
            stated.append(gaps.recorded(at(now_s), at(now_s + 1)))
            footage.append(TimeRange(at(now_s), at(now_s + 1)))
            now_s += 1
        elif kind == "blamed":
            stated.append(gaps.blamed(cause, at(now_s)))
        else:
            stated.append(gaps.waited(at(now_s)))
    found = [one.range for one in stated if one is not None]
    assert not any(a.overlaps(b) for a in found for b in [*footage, *found] if a is not b)
    if footage:
        until = TimeRange(at(0), footage[-1].end_utc)
        accounted = merged([*found, *footage], TOUCHING)
        assert any(a.start_utc == at(0) or a.start_utc - at(0) <= TOUCHING for a in accounted)
        assert accounted[0].end_utc >= until.end_utc


@pytest.mark.parametrize("cause", list(GapCause))
def test_every_cause_can_be_told(cause):
    gaps = recording(10)
    gaps.blamed(cause, at(11))
    assert gaps.recorded(at(20), at(21)) == missing(10, 20, cause)
