from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.footage import GapCause
from storage.coverage import CoverageState, coverage_of
from storage.intake.rows import SegmentState
from storage.seams import SEAM_TOLERANCE
from tests.fakes.holdings import at, gap, holding, stretch

OTHER_RUN = UUID(int=2)
ANNOUNCED = {"state": SegmentState.ANNOUNCED}
HOUR = stretch(0, 3600)


def told(wanted, holdings=(), gaps=()) -> list[tuple]:
    """Start and end in seconds, state and cause of each span."""
    return [
        (
            (span.range.start_utc - at(0)).total_seconds(),
            (span.range.end_utc - at(0)).total_seconds(),
            span.cause.value if span.cause else span.state.value,
        )
        for span in coverage_of(wanted, list(holdings), list(gaps)).spans
    ]


def test_where_nothing_is_known_everything_is_unknown():
    assert told(stretch(0, 10)) == [(0, 10, "unknown")]


def test_each_thing_that_is_known_looks_different():
    assert told(
        stretch(0, 50),
        [holding(0, 10), holding(10, 20, number=1, **ANNOUNCED)],
        [gap(20, 30)],
    ) == [
        (0, 10, "recorded"),
        (10, 20, "on_device"),
        (20, 30, "camera_unreachable"),
        (30, 50, "unknown"),
    ]


def test_only_the_range_that_was_asked_for_is_told():
    assert told(stretch(5, 8), [holding(0, 10)]) == [(5, 8, "recorded")]


def test_a_segment_whose_init_is_missing_is_not_yet_recorded():
    assert told(stretch(0, 10), [holding(0, 10, init_stored_utc=None)]) == [(0, 10, "on_device")]


@pytest.mark.parametrize("cause", GapCause)
def test_bytes_that_are_here_outweigh_every_gap(cause):
    assert told(stretch(0, 10), [holding(0, 10)], [gap(0, 10, cause)]) == [(0, 10, "recorded")]


@pytest.mark.parametrize("cause", ["evicted", "lost", "expired", "withheld"])
def test_a_gap_that_says_footage_is_gone_outweighs_its_announcement(cause):
    spans = told(stretch(0, 10), [holding(0, 10, **ANNOUNCED)], [gap(0, 10, GapCause(cause))])
    assert spans == [(0, 10, cause)]


def test_an_announcement_outweighs_a_gap_of_the_camera():
    spans = told(stretch(0, 10), [holding(0, 10, **ANNOUNCED)], [gap(0, 10)])
    assert spans == [(0, 10, "on_device")]


@pytest.mark.parametrize("state", ["lost", "expired", "withheld"])
def test_what_became_of_a_segment_is_a_gap_even_if_nobody_stated_it(state):
    spans = told(stretch(0, 10), [holding(0, 10, state=SegmentState(state))], [gap(0, 10)])
    assert spans == [(0, 10, state)]


def test_a_stated_loss_outweighs_a_derived_one():
    lost = holding(0, 10, state=SegmentState.LOST)
    assert told(stretch(0, 10), [lost], [gap(0, 10, GapCause.EVICTED)]) == [(0, 10, "evicted")]


def test_of_two_gaps_the_graver_one_is_told_whatever_their_order():
    gaps = [gap(0, 10, GapCause.AGENT_DIED), gap(5, 15, GapCause.CAMERA_SILENT)]
    expected = [(0, 5, "agent_died"), (5, 15, "camera_silent")]
    assert told(stretch(0, 15), [], gaps) == expected
    assert told(stretch(0, 15), [], gaps[::-1]) == expected


def test_a_seam_of_less_than_a_frame_between_neighbours_is_no_hole():
    pair = [holding(0, 9.96), holding(10, 20, number=1)]
    assert told(stretch(0, 20), pair) == [(0, 20, "recorded")]


def test_a_seam_of_a_slow_camera_may_be_as_long_as_its_frame():
    pair = [holding(0, 9, frame_count=9), holding(10, 20, number=1)]
    assert told(stretch(0, 20), pair) == [(0, 20, "recorded")]
    pair = [holding(0, 8.9, frame_count=9), holding(10, 20, number=1)]
    assert [state for _, _, state in told(stretch(0, 20), pair)] == [
        "recorded",
        "unknown",
        "recorded",
    ]


@pytest.mark.parametrize(
    "second",
    [
        holding(10, 20, number=1, run_id=OTHER_RUN),
        holding(10, 20, number=2),
    ],
)
def test_a_seam_between_strangers_stays_unknown(second):
    states = [state for _, _, state in told(stretch(0, 20), [holding(0, 9.96), second])]
    assert states == ["recorded", "unknown", "recorded"]


def test_a_seam_to_a_segment_that_is_not_here_yet_is_not_recorded():
    pair = [holding(0, 9.96), holding(10, 20, number=1, **ANNOUNCED)]
    assert told(stretch(0, 20), pair) == [(0, 9.96, "recorded"), (9.96, 20, "on_device")]


def test_a_sliver_beside_a_gap_belongs_to_the_gap_and_never_to_footage():
    spans = told(stretch(0, 30), [holding(0, 10), holding(20, 30)], [gap(10.03, 19.98)])
    assert spans == [
        (0, 10, "recorded"),
        (10, 20, "camera_unreachable"),
        (20, 30, "recorded"),
    ]


def test_the_ratio_counts_only_time_that_has_passed():
    coverage = coverage_of(stretch(0, 100), [holding(0, 25)], [])
    assert coverage.ratio(at(50)) == pytest.approx(0.5)
    assert coverage.ratio(at(1000)) == pytest.approx(0.25)
    assert coverage.ratio(at(0)) is None


# Without a filter, and with ids that are the same each time: hypothesis gives up on either.
pairs = st.builds(
    lambda start, more: (start, start + more), st.integers(0, 3699), st.integers(1, 3700)
)


@st.composite
def worlds(draw):
    runs = [UUID(int=n) for n in (1, 2, 3)]
    holdings = [
        holding(
            start,
            end,
            run_id=draw(st.sampled_from(runs)),
            number=draw(st.integers(0, 5)),
            state=draw(st.sampled_from(SegmentState)),
            init_stored_utc=draw(st.sampled_from([None, at(0)])),
        )
        for start, end in draw(st.lists(pairs, max_size=12))
    ]
    gaps = [
        gap(start, end, draw(st.sampled_from(GapCause)))
        for start, end in draw(st.lists(pairs, max_size=8))
    ]
    return holdings, gaps


@given(worlds())
def test_spans_touch_never_overlap_and_cover_the_range(world):
    spans = coverage_of(HOUR, *world).spans
    assert spans[0].range.start_utc == HOUR.start_utc
    assert spans[-1].range.end_utc == HOUR.end_utc
    assert all(a.range.end_utc == b.range.start_utc for a, b in pairwise(spans))
    assert all((s.cause is not None) == (s.state is CoverageState.GAP) for s in spans)
    assert all(
        (a.state, a.cause, a.said_by) != (b.state, b.cause, b.said_by) for a, b in pairwise(spans)
    )


@given(worlds(), st.integers(0, 3599))
def test_an_instant_is_recorded_exactly_if_playable_bytes_cover_it(world, second):
    holdings, gaps = world
    instant = at(second) + timedelta(microseconds=1)
    is_covered = any(h.playable_since_utc and h.range.contains(instant) for h in holdings)
    span = next(s for s in coverage_of(HOUR, holdings, gaps).spans if s.range.contains(instant))
    # Whole seconds leave no seam shorter than the tolerance, except that of a neighbour.
    if is_covered:
        assert span.state is CoverageState.RECORDED
    elif span.state is CoverageState.RECORDED:
        assert any(h.range.end_utc <= instant for h in holdings)
        assert any(_is_seam(a, b, instant) for a in holdings for b in holdings)


def _is_seam(before, after, instant) -> bool:
    tolerance = max(SEAM_TOLERANCE, before.frame_duration)
    hole = after.range.start_utc - before.range.end_utc
    return (
        (before.run_id, before.number + 1) == (after.run_id, after.number)
        and hole <= tolerance
        and before.range.end_utc <= instant < after.range.start_utc
    )


@given(worlds(), st.randoms())
def test_the_order_of_gaps_changes_nothing(world, random):
    holdings, gaps = world
    shuffled = list(gaps)
    random.shuffle(shuffled)
    assert coverage_of(HOUR, holdings, gaps) == coverage_of(HOUR, holdings, shuffled)


@given(worlds())
def test_the_parts_of_a_range_tell_what_the_whole_tells(world):
    first, second = stretch(0, 1800), stretch(1800, 3600)
    parts = coverage_of(first, *world).ratio(at(9999)) + coverage_of(second, *world).ratio(at(9999))
    assert parts / 2 == pytest.approx(coverage_of(HOUR, *world).ratio(at(9999)))
