"""Pictures cut into payloads."""

from hypothesis import given
from hypothesis import strategies as st

from streamer.packetizer import PAYLOAD_BYTES, count_payloads, packetize

pictures = st.lists(st.integers(1, 6 * PAYLOAD_BYTES), min_size=1, max_size=9)


def nals_of(sizes):
    return [bytes([0x41]) + bytes(size - 1) for size in sizes]


@given(pictures)
def test_payloads_are_counted_without_being_made(sizes):
    nals = nals_of(sizes)
    assert count_payloads(nals) == len(packetize(nals))


@given(pictures)
def test_none_is_larger_than_a_path_carries(sizes):
    assert max(map(len, packetize(nals_of(sizes)))) <= PAYLOAD_BYTES


@given(st.integers(PAYLOAD_BYTES + 1, 9 * PAYLOAD_BYTES))
def test_all_but_the_last_of_a_large_unit_are_equally_long(size):
    *equal, last = map(len, packetize(nals_of([size])))
    assert set(equal) == {PAYLOAD_BYTES}
    assert last <= PAYLOAD_BYTES
