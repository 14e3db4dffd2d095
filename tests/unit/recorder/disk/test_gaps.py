from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.footage import GapCause
from core.timerange import TimeRange, merged
from recorder.capture.timeline import Instant
from recorder.disk.gaps import PIECE, TOUCHING, GapBook, Missing
from tests.fakes.journal import MORNING

UNREACHABLE, SILENT = GapCause.CAMERA_UNREACHABLE, GapCause.CAMERA_SILENT


def at(seconds):
    return MORNING + timedelta(seconds=seconds)


def now(seconds, step_s=0.0):
    """So many seconds after the beginning, by a clock that was set by `step_s` since."""
    return Instant(seconds, (MORNING + timedelta(seconds=seconds + step_s)).timestamp())


def missing(start_s, end_s, cause):
    return [Missing(TimeRange(at(start_s), at(end_s)), cause)]


def book(end_s=0.0, cause=GapCause.AGENT_DIED):
    return GapBook(None if end_s is None else at(end_s), cause, now(0))


def recording(end_s=10.0):
    gaps = book()
    gaps.recorded(at(0), at(end_s))
    return gaps


def test_what_follows_at_once_leaves_no_gap():
    gaps = recording(10)
    assert gaps.recorded(at(10), at(20)) == []
    assert gaps.recorded(at(20) + TOUCHING, at(30)) == []


def test_the_stretch_since_the_last_start_has_the_cause_it_was_left_with():
    assert book(cause=GapCause.AGENT_STOPPED).recorded(at(60), at(70)) == missing(
        0, 60, GapCause.AGENT_STOPPED
    )


def test_before_the_first_picture_ever_nothing_is_missing():
    assert book(None).recorded(at(60), at(70)) == []


def test_unless_something_kept_it_from_being_taken():
    gaps = book(None)
    assert gaps.blamed(UNREACHABLE, now(5)) == []
    assert gaps.recorded(at(60), at(70)) == missing(0, 60, UNREACHABLE)


def test_a_hole_nobody_explained_is_a_silent_camera():
    assert recording(10).recorded(at(15), at(20)) == missing(10, 15, SILENT)


def test_a_change_of_cause_divides_the_gap():
    gaps = recording(10)
    assert gaps.blamed(SILENT, now(14)) == []
    assert gaps.blamed(SILENT, now(15)) == []
    assert gaps.blamed(UNREACHABLE, now(16)) == missing(10, 16, SILENT)
    assert gaps.recorded(at(20), at(21)) == missing(16, 20, UNREACHABLE)


def test_a_gap_that_lasts_is_stated_in_pieces():
    gaps = recording(10)
    gaps.blamed(UNREACHABLE, now(10))
    assert gaps.waited(now(10 + PIECE.total_seconds())) == []
    assert gaps.waited(now(75)) == missing(10, 75, UNREACHABLE)
    assert gaps.recorded(at(80), at(81)) == missing(75, 80, UNREACHABLE)


def test_waiting_while_all_is_well_states_nothing():
    assert recording(10).waited(now(1000)) == []
    assert recording(10).stopped(now(1000)) == []


def test_what_is_missing_at_the_end_keeps_its_cause():
    gaps = recording(10)
    gaps.blamed(UNREACHABLE, now(12))
    assert gaps.stopped(now(15)) == missing(10, 15, UNREACHABLE)
    assert gaps.stopped(now(15)) == []


def test_a_clock_set_forward_leaves_the_hour_it_leapt_over():
    gaps = recording(10)
    assert gaps.blamed(GapCause.CLOCK_STEPPED, now(3610)) == []
    assert gaps.waited(now(3700)) == []
    assert gaps.recorded(at(3610), at(3611)) == missing(10, 3610, GapCause.CLOCK_STEPPED)


def test_a_clock_set_back_leaves_the_hour_that_two_pieces_call_their_own():
    gaps = recording(3610)
    assert gaps.recorded(at(10), at(11)) == missing(10, 3610, GapCause.CLOCK_STEPPED)
    assert gaps.recorded(at(11), at(12)) == []


@pytest.mark.parametrize("leap_s", [2.1, -2.1, 4.8])
def test_a_run_that_goes_on_from_the_last_misses_nothing_wherever_its_labels_begin(leap_s):
    gaps = recording(100)
    gaps.went_on()
    assert gaps.recorded(at(100 + leap_s), at(101 + leap_s)) == []
    assert gaps.recorded(at(110), at(111)) == missing(101 + leap_s, 110, SILENT)


def test_one_that_was_to_and_could_not_is_missed_all_the_same():
    gaps = recording(10)
    gaps.went_on()
    gaps.blamed(UNREACHABLE, now(13))
    assert gaps.recorded(at(20), at(21)) == missing(10, 20, UNREACHABLE)


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
            stated += gaps.recorded(at(now_s), at(now_s + 1))
            footage.append(TimeRange(at(now_s), at(now_s + 1)))
            now_s += 1
        elif kind == "blamed":
            stated += gaps.blamed(cause, now(now_s))
        else:
            stated += gaps.waited(now(now_s))
    found = [one.range for one in stated]
    assert not any(a.overlaps(b) for a in found for b in [*footage, *found] if a is not b)
    if footage:
        until = TimeRange(at(0), footage[-1].end_utc)
        accounted = merged([*found, *footage], TOUCHING)
        assert any(a.start_utc == at(0) or a.start_utc - at(0) <= TOUCHING for a in accounted)
        assert accounted[0].end_utc >= until.end_utc


@pytest.mark.parametrize("cause", list(GapCause))
def test_every_cause_can_be_told(cause):
    gaps = recording(10)
    gaps.blamed(cause, now(11))
    assert gaps.recorded(at(20), at(21)) == missing(10, 20, cause)
