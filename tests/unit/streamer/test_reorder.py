"""What order costs: packets wait for those before them, and no longer."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.rtp.packet import RtpPacket
from streamer.rtp.reorder import PATIENCE_S, Lost, Reorder

PACKETS = 300
SPACING_S = 0.007
JITTER_S = 0.03


def packet(number):
    return RtpPacket(
        payload_type=96,
        sequence=(65_400 + number) & 0xFFFF,
        timestamp=number,
        ssrc=1,
        is_marked=False,
        payload=b"x",
    )


def given_at(arrivals):
    """When each packet was given, by its number; arrivals are (time, number)."""
    reorder, found = Reorder(), {}
    for now_s, number in sorted(arrivals):
        for step in reorder.add(packet(number), now_s):
            found[None if isinstance(step, Lost) else step.timestamp] = now_s
    return found


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_jitter_adds_no_delay_beyond_that_of_the_latest_packet_before(seed):
    random = Random(seed)
    arrival = {n: n * SPACING_S + random.uniform(0, JITTER_S) for n in range(1, PACKETS)}
    arrival[0] = 0.0
    given = given_at((at_s, number) for number, at_s in arrival.items())
    latest_s = 0.0
    for number in range(PACKETS):
        latest_s = max(latest_s, arrival[number])
        assert given[number] == latest_s


def test_a_packet_that_never_comes_holds_up_the_others_for_as_long_as_it_is_waited_for():
    arrivals = [(n * SPACING_S, n) for n in range(PACKETS) if n != 5]
    given = given_at(arrivals)
    waited_s = given[6] - 6 * SPACING_S
    assert PATIENCE_S < waited_s < PATIENCE_S + 2 * SPACING_S
    assert given[PACKETS - 1] == (PACKETS - 1) * SPACING_S
    assert None in given
