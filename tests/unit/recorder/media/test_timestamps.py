from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.media.timestamps import Break, BrokenTimestampsError, Order, Timestamps, reorder_depth

BASE = Fraction(1, 90000)
FRAME = 3600


def new(depth=0, *, is_stated=False):
    order = Order(depth, is_stated=is_stated)
    return Timestamps(time_base=BASE, frame_ticks=FRAME, order=order)


def test_a_run_begins_at_zero_wherever_the_camera_counts():
    stamps = new()
    first, second = (stamps.stamp(pts, None) for pts in (2**40, 2**40 + FRAME))
    assert (first.pts, first.dts) == (0, 0)
    assert (second.pts, second.dts) == (FRAME, FRAME)
    assert stamps.zero == 2**40


def test_pictures_shown_out_of_order_decode_in_order():
    # I P B B P B B, as RTSP names them: when each is shown, in the order they come.
    shown = [0, 3, 1, 2, 6, 4, 5]
    stamps = new(depth=reorder_depth(shown))
    made = [stamps.stamp(n * FRAME, None) for n in shown]
    decode = [stamp.dts for stamp in made]
    assert decode == sorted(set(decode))
    assert all(stamp.pts >= stamp.dts for stamp in made)
    assert [stamp.pts - made[0].pts for stamp in made] == [n * FRAME for n in shown]


@pytest.mark.parametrize(
    ("shown", "depth"),
    [([], 0), ([0, 1, 2], 0), ([0, 3, 1, 2], 1), ([0, 4, 2, 1, 3], 2), ([None, 5, None, 4], 1)],
)
def test_depth_is_how_many_decode_before_one_that_is_shown_earlier(shown, depth):
    assert reorder_depth(shown) == depth


def test_a_repeated_time_is_repaired_and_counted():
    stamps = new()
    made = [stamps.stamp(pts, None).dts for pts in (0, FRAME, FRAME, 3 * FRAME)]
    assert made == [0, FRAME, FRAME + 1, 3 * FRAME]
    assert stamps.repaired_total == 1


def test_a_missing_time_is_a_frame_later():
    stamps = new()
    stamps.stamp(1000, None)
    assert stamps.stamp(None, None).dts == FRAME
    assert stamps.stamp(None, 1000 + 2 * FRAME).dts == 2 * FRAME
    assert stamps.repaired_total == 2


@pytest.mark.parametrize(
    ("pts", "reason"),
    [
        (3 * 90000, Break.HOLE),
        (-3 * 90000, Break.BACKWARDS),
        (-FRAME, Break.REORDERED),
    ],
)
def test_what_cannot_be_repaired_ends_the_run_by_name(pts, reason):
    stamps = new()
    stamps.stamp(0, None)
    with pytest.raises(BrokenTimestampsError) as raised:
        stamps.stamp(pts, None)
    assert raised.value.reason is reason


def test_a_clock_set_back_a_little_is_repaired_where_pictures_are_known_to_come_in_order():
    stamps = new(is_stated=True)
    times = [0, FRAME, 2 * FRAME, FRAME // 2, 3 * FRAME // 2, 5 * FRAME // 2, 7 * FRAME // 2]
    made = [stamps.stamp(pts, None).dts for pts in times]
    assert made == sorted(set(made))
    assert (made[2], made[-1]) == (2 * FRAME, 7 * FRAME // 2)
    assert stamps.repaired_total == 2


def test_and_set_back_more_it_ends_the_run():
    stamps = new(is_stated=True)
    stamps.stamp(0, None)
    with pytest.raises(BrokenTimestampsError) as raised:
        stamps.stamp(-90000, None)
    assert raised.value.reason is Break.BACKWARDS


def test_a_slow_camera_has_no_holes():
    stamps = Timestamps(time_base=BASE, frame_ticks=5 * 90000, order=Order(0, is_stated=False))
    for n in range(10):
        assert stamps.stamp(n * 5 * 90000, None).dts == n * 5 * 90000


def test_durations_are_the_distance_to_the_picture_before():
    stamps = new()
    assert [stamps.stamp(pts, None).duration for pts in (0, 9000, 12000)] == [FRAME, 9000, 3000]


@given(
    steps=st.lists(st.integers(-200000, 200000) | st.none(), max_size=80),
    depth=st.integers(0, 4),
    has_dts=st.booleans(),
    is_stated=st.booleans(),
)
def test_whatever_comes_decode_times_only_grow(steps, depth, has_dts, is_stated):
    stamps, pts, last = new(depth, is_stated=is_stated), 10**9, -1
    for step in steps:
        pts = pts if step is None else pts + step
        known = None if step is None else pts
        try:
            stamp = stamps.stamp(known, known if has_dts else None)
        except BrokenTimestampsError:
            return
        assert stamp.dts > last
        assert stamp.pts >= stamp.dts
        assert stamp.duration > 0
        last = stamp.dts
