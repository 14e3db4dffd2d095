from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streamer.playout import KEPT_S, STEP_S, HoldBack, hold_back_s


def told(wanted, every_s=0.25):
    """What a player is told, one repeat after another."""
    hold = HoldBack()
    return [hold.told_s(wanted_s, every_s * n) for n, wanted_s in enumerate(wanted)]


def test_a_link_that_loses_nothing_is_not_held_back():
    assert hold_back_s(0.001, 0.1) == 0.0


def test_who_loses_more_waits_for_a_second_repeat():
    assert 0 < hold_back_s(0.01, 0.1) < hold_back_s(0.05, 0.1) <= hold_back_s(0.05, 10.0)


def test_a_player_is_brought_to_the_delay_in_steps():
    assert [round(s, 2) for s in told([0.23] * 5)] == [0.1, 0.2, 0.23, 0.23, 0.23]


def test_repeats_of_one_loss_make_one_step():
    assert set(told([0.43] * 10, every_s=0.01)) == {STEP_S}


def test_a_delay_stays_over_a_second_without_loss_and_goes_after_a_calm_time():
    hold = HoldBack()
    times = [0.25 * n for n in range(400)]
    seen = {t: hold.told_s(0.2 if t < 1 else 0.0, t) for t in times}
    assert seen[2.0] == seen[KEPT_S] == 0.2
    assert seen[KEPT_S + 10] == 0.0


@given(
    st.lists(st.tuples(st.floats(0, 0.8), st.floats(0, 5)), max_size=100),
)
def test_no_step_is_larger_than_one_that_nobody_sees(wanted):
    hold, now_s, seen = HoldBack(), 0.0, [0.0]
    for wanted_s, gap_s in wanted:
        now_s += gap_s
        seen.append(hold.told_s(wanted_s, now_s))
    assert all(abs(after - before) <= STEP_S + 1e-9 for before, after in pairwise(seen))
    assert all(0 <= s <= 0.8 for s in seen)
