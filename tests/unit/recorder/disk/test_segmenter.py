from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.footage import LONGEST_SEGMENT, SegmentEnd
from recorder.disk.segmenter import Cut, Segmenter, stagger
from recorder.media.boxes import Fragment

TICKS = 1000


def fragment(base_s, duration_s=1.0, *, is_sync=True):
    return Fragment(
        data=b"x",
        base_time=round(base_s * TICKS),
        duration=round(duration_s * TICKS),
        sample_count=10,
        is_sync=is_sync,
    )


def cuts(fragments, target_s=10.0, **settings):
    segmenter = Segmenter(timescale=TICKS, target_s=target_s, **settings)
    return [segmenter.cut_before(one) for one in fragments]


def seconds(count, gop=1):
    """So many fragments of a second, a keyframe every `gop` of them."""
    return [fragment(n, is_sync=n % gop == 0) for n in range(count)]


def test_a_segment_ends_at_its_target_on_a_keyframe():
    decided = cuts(seconds(31, gop=2))
    assert [n for n, cut in enumerate(decided) if cut is Cut.TARGET] == [10, 20, 30]
    assert decided[0] is Cut.OPEN


def test_a_segment_waits_for_a_keyframe():
    assert cuts(seconds(13, gop=12)) == [Cut.OPEN, *[Cut.NONE] * 11, Cut.TARGET]


def test_without_any_keyframe_it_is_cut_after_two_targets():
    decided = cuts(seconds(41, gop=100))
    assert [n for n, cut in enumerate(decided) if cut is Cut.OVERLONG] == [20, 40]


def test_a_gop_longer_than_the_target_is_not_cut_in_two():
    decided = cuts(seconds(200, gop=30), target_s=2.0)
    later = [cut for cut in decided[60:] if cut is not Cut.NONE]
    assert set(later) == {Cut.TARGET}


def test_however_long_its_gops_no_segment_is_longer_than_the_archive_believes():
    minutes = [fragment(60 * n, 60, is_sync=n in (0, 50)) for n in range(200)]
    decided = cuts(minutes)
    ends = [n for n, cut in enumerate(decided) if cut in (Cut.TARGET, Cut.OVERLONG)]
    assert max(later - sooner for sooner, later in pairwise([0, *ends])) * 60 == 59 * 60
    assert timedelta(minutes=59) < LONGEST_SEGMENT


def test_nothing_is_opened_before_a_keyframe():
    assert cuts([fragment(0, is_sync=False), fragment(1)]) == [Cut.SKIP, Cut.OPEN]


def test_a_hole_closes_the_segment_and_the_same_fragment_may_open_the_next():
    segmenter = Segmenter(timescale=TICKS, target_s=10.0)
    assert segmenter.cut_before(fragment(0)) is Cut.OPEN
    assert segmenter.cut_before(fragment(5)) is Cut.HOLE
    assert segmenter.cut_before(fragment(5)) is Cut.OPEN
    assert segmenter.cut_before(fragment(8, is_sync=False)) is Cut.HOLE
    assert segmenter.cut_before(fragment(8, is_sync=False)) is Cut.SKIP


def test_what_somebody_else_closed_is_opened_anew_at_a_keyframe():
    segmenter = Segmenter(timescale=TICKS, target_s=10.0)
    segmenter.cut_before(fragment(0))
    segmenter.forget()
    assert segmenter.cut_before(fragment(1, is_sync=False)) is Cut.SKIP
    assert segmenter.cut_before(fragment(2)) is Cut.OPEN


def test_a_changed_target_counts_from_the_next_segment_on():
    segmenter = Segmenter(timescale=TICKS, target_s=10.0)
    decided = []
    for one in seconds(16):
        decided.append(segmenter.cut_before(one))
        segmenter.target_s = 2.0
    # The open one keeps its target, but "too long" is judged by the new: a keyframe comes first.
    assert [n for n, cut in enumerate(decided) if cut.end is not None][-2:] == [12, 14]


@given(
    durations=st.lists(st.floats(0.04, 3.0), min_size=1, max_size=120),
    gop=st.integers(1, 40),
    target_s=st.floats(0.5, 20.0),
    factor=st.floats(0.5, 1.5),
)
def test_no_fragment_is_lost_and_every_segment_has_a_reason(durations, gop, target_s, factor):
    fragments, base = [], 0
    for n, duration_s in enumerate(durations):
        one = fragment(0, duration_s, is_sync=n % gop == 0)
        fragments.append(
            Fragment(
                data=b"x",
                base_time=base,
                duration=one.duration,
                sample_count=1,
                is_sync=one.is_sync,
            )
        )
        base += one.duration
    decided = cuts(fragments, target_s, first_factor=factor)
    starts = [one for one, cut in zip(fragments, decided, strict=True) if cut is not Cut.NONE]
    assert decided[0] is Cut.OPEN
    assert set(decided[1:]) <= {Cut.NONE, Cut.TARGET, Cut.OVERLONG}
    for one, cut in zip(fragments, decided, strict=True):
        assert one.is_sync or cut in (Cut.NONE, Cut.OVERLONG)
    lengths = [b.base_time - a.base_time for a, b in pairwise(starts)]
    assert all(length >= min(factor, 1.0) * target_s * TICKS - 1 for length in lengths)


@pytest.mark.parametrize(
    ("cut", "end"),
    [
        (Cut.TARGET, SegmentEnd.TARGET),
        (Cut.OVERLONG, SegmentEnd.OVERLONG),
        (Cut.HOLE, SegmentEnd.RUN_ENDED),
        (Cut.NONE, None),
        (Cut.OPEN, None),
        (Cut.SKIP, None),
    ],
)
def test_what_ends_a_segment_has_a_name(cut, end):
    assert cut.end is end


def test_cameras_of_a_station_end_their_first_segments_at_different_times():
    factors = {stagger(uuid4()) for _ in range(50)}
    assert len(factors) > 40
    assert all(0.5 <= factor < 1.5 for factor in factors)
    assert stagger(UUID(int=7)) == stagger(UUID(int=7))
