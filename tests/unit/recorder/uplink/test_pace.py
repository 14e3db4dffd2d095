import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.uplink.pace import Pace


def sent_in(pace: Pace, duration_s: float) -> list[tuple[float, int]]:
    """What a sender with no lack of bytes sends: when, how much."""
    now_s, sent = 0.0, []
    while (now_s := now_s + pace.wait_s(now_s)) < duration_s:
        sent.append((now_s, pace.piece_bytes))
        pace.spend(pace.piece_bytes, now_s)
        now_s += 1e-9  # waits are floats: never to be caught just before the end of one
    return sent


@settings(deadline=None)  # other work on the machine is no fault of the pace
@given(max_kbps=st.integers(1, 20_000), duration_s=st.floats(0.1, 5))
def test_no_stretch_of_time_carries_more_than_the_cap(max_kbps, duration_s):
    pace = Pace(max_kbps, 0.0)
    pieces = sent_in(pace, duration_s)
    rate = max_kbps * 125
    for first in {0, len(pieces) // 3, len(pieces) // 2}:
        size = sum(size_bytes for _, size_bytes in pieces[first:])
        took_s = pieces[-1][0] - pieces[first][0]
        assert size <= rate * took_s * 1.000001 + 2 * pace.piece_bytes


@pytest.mark.parametrize("max_kbps", [8, 1000, 64_000])
def test_the_cap_is_used_up(max_kbps):
    size_bytes = sum(size_bytes for _, size_bytes in sent_in(Pace(max_kbps, 0.0), 20.0))
    assert size_bytes >= 0.99 * max_kbps * 125 * 20


def test_time_without_sending_is_not_saved_up():
    pace = Pace(8, 0.0)
    pace.spend(1000, 3600.0)
    assert pace.wait_s(3600.0) == pytest.approx(1.0)


def test_without_a_cap_nothing_waits():
    pace = Pace(None, 0.0)
    pace.spend(10**9, 0.0)
    assert (pace.wait_s(0.0), pace.piece_bytes) == (0.0, 16 * 1024)


def test_what_did_not_wait_is_owed():
    pace = Pace(8, 0.0)
    pace.spend(5000, 0.0)
    assert pace.wait_s(1.0) == pytest.approx(4.0)


def test_a_cap_that_changes_counts_at_once():
    pace = Pace(8, 0.0)
    pace.spend(5000, 0.0)
    pace.set_cap(80, 1.0)
    assert pace.wait_s(1.0) == pytest.approx(0.4)
    pace.set_cap(None, 1.0)
    assert pace.wait_s(1.0) == 0.0
    pace.set_cap(8, 2.0)
    assert pace.wait_s(2.0) == 0.0


def test_a_slow_link_gets_small_pieces_and_never_tiny_ones():
    assert Pace(1, 0.0).piece_bytes == 1024
    assert Pace(256, 0.0).piece_bytes == 8000


def test_a_clock_that_stands_still_or_goes_back_pays_nothing():
    pace = Pace(8, 10.0)
    pace.spend(1000, 10.0)
    assert pace.wait_s(5.0) == pytest.approx(1.0)
