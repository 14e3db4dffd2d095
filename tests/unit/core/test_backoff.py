from random import Random

from hypothesis import given
from hypothesis import strategies as st

from core.backoff import Backoff


@given(st.integers(1, 10**6), st.integers())
def test_a_delay_is_between_half_a_step_and_the_cap(failures, seed):
    delay_s = Backoff(first_s=0.5, cap_s=30).delay_s(failures, Random(seed))
    assert 0.25 <= delay_s <= 30


def test_delays_grow_until_the_cap():
    class Highest(Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    backoff = Backoff(first_s=1, cap_s=10, factor=2)
    assert [backoff.delay_s(n, Highest()) for n in (1, 2, 3, 4, 5, 1000)] == [1, 2, 4, 8, 10, 10]


def test_two_devices_do_not_come_back_together():
    backoff = Backoff()
    assert backoff.delay_s(5, Random(1)) != backoff.delay_s(5, Random(2))
