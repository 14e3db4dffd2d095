from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from recorder.live.publish_clock import CLOCK_HZ, PAST_SPACING, PublishClock

BASE = Fraction(1, 1000)


def test_it_begins_at_zero_and_follows_the_pictures():
    clock = PublishClock()
    assert [clock.ticks_of(ms, BASE, 5 + ms / 1000) for ms in (700, 740, 780)] == [0, 3600, 7200]


def test_pictures_out_of_order_stay_so():
    clock = PublishClock()
    ticks = [clock.ticks_of(ms, BASE, 5.0 + n / 25) for n, ms in enumerate((0, 120, 40, 80))]
    assert ticks == [0, 10800, 3600, 7200]


def test_a_new_run_goes_on_where_time_is():
    clock = PublishClock()
    clock.ticks_of(0, BASE, 100.0)
    clock.ticks_of(60_000, BASE, 160.0)
    assert clock.ticks_of(0, BASE, 163.0) == 63 * CLOCK_HZ


def test_a_leap_of_the_cameras_clock_is_none_of_ours():
    clock = PublishClock()
    clock.ticks_of(0, BASE, 100.0)
    assert clock.ticks_of(10**9, BASE, 100.04) == 3600


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.floats(0, 100)), max_size=50))
def test_it_never_leaps_further_than_time_went(steps):
    clock, arrival_s, last = PublishClock(), 0.0, None
    for pts, step_s in steps:
        arrival_s += step_s
        ticks = clock.ticks_of(pts, BASE, arrival_s)
        if last is not None:
            assert -CLOCK_HZ - 1 <= ticks - last <= (step_s + 1) * CLOCK_HZ + 1
        last = ticks


def test_pictures_of_the_past_take_next_to_no_time_and_the_present_goes_on_from_there():
    clock = PublishClock()
    past = [clock.ticks_of_past(n * 40, BASE, 100.0) for n in range(3)]
    assert past == [0, PAST_SPACING, 2 * PAST_SPACING]
    assert clock.ticks_of(120, BASE, 100.04) == 2 * PAST_SPACING + 3600
