"""Under which timestamps a viewer gets the past."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streamer.start import Start
from streamer.unit_ring import PacketizedUnit

FRAME_TICKS = 3000


def unit(number):
    return PacketizedUnit(
        number=number,
        first_sequence=number,
        timestamp=1_000_000 + number * FRAME_TICKS,
        nals=(b"\x65x",),
        is_keyframe=False,
    )


def start(first, present, *, is_first):
    return Start(
        first_number=first,
        present_number=present,
        present_timestamp=unit(present).timestamp,
        is_first=is_first,
    )


@given(st.integers(0, 1400))
def test_who_begins_anew_sees_time_go_forward_alone(gop):
    began = start(100, 100 + gop, is_first=False)
    shown = [unit(100 + gop).timestamp]
    shown += [began.timestamp_of(unit(number)) for number in range(100, 103 + gop)]
    assert all(later > sooner for sooner, later in pairwise(shown))
    assert shown[-1] == unit(102 + gop).timestamp


def test_who_comes_now_sees_the_past_close_together_before_the_present():
    began = start(100, 150, is_first=True)
    shown = [began.timestamp_of(unit(number)) for number in range(100, 152)]
    assert all(later > sooner for sooner, later in pairwise(shown))
    assert shown[50] == unit(150).timestamp
    assert shown[50] - shown[0] < 5 * FRAME_TICKS
