"""What is kept for new viewers and for lost packets, and that it is bounded."""

import pytest

from streamer import unit_ring
from streamer.unit_ring import KEPT_S, PacketizedUnit, UnitRing

TICKS = 3600


def unit(number, *, is_keyframe=False, packets=3, sequence=None):
    return PacketizedUnit(
        number=number,
        first_sequence=number * packets if sequence is None else sequence,
        timestamp=number * TICKS,
        nals=(bytes([0x41]) + b"x" * (packets * 1158 - 1),),
        is_keyframe=is_keyframe,
    )


def ring_of(count, gop=1000, **facts):
    ring = UnitRing()
    for number in range(count):
        ring.push(unit(number, is_keyframe=number % gop == 0, **facts))
    return ring


def test_a_new_viewer_starts_at_the_last_keyframe():
    assert ring_of(130, gop=50).from_keyframe().number == 100


def test_a_packet_is_found_by_its_number():
    ring = ring_of(40)
    assert [ring.with_sequence(n).number for n in (0, 2, 3, 59, 119)] == [0, 0, 1, 19, 39]


def test_a_packet_that_has_not_come_or_is_gone_is_not_found():
    ring = UnitRing()
    assert ring.with_sequence(5) is None
    for number in range(10, 13):
        ring.push(unit(number))
    assert ring.with_sequence(29) is None
    assert ring.with_sequence(39) is None
    assert ring.with_sequence(38).number == 12


def test_numbers_that_wrap_are_found():
    ring = UnitRing()
    for number in range(4):
        ring.push(unit(number, sequence=65_530 + number * 3))
    assert ring.with_sequence(65_535).number == 1
    assert ring.with_sequence(0).number == 2
    assert ring.with_sequence(5).number == 3
    assert ring.with_sequence(6) is None


def test_the_whole_last_gop_is_kept_and_older_pictures_for_a_while():
    assert ring_of(300).at(0) is not None
    ring = ring_of(301, gop=100)
    oldest = next(iter(ring)).number
    assert oldest == 300 - KEPT_S * 90_000 // TICKS


@pytest.mark.parametrize(
    ("name", "bound"), [("MAX_UNITS", 20), ("MAX_BYTES", 70_000), ("MAX_PACKETS", 60)]
)
def test_a_gop_that_is_too_large_is_given_up(monkeypatch, name, bound):
    monkeypatch.setattr(unit_ring, name, bound)
    ring = ring_of(100)
    assert len(ring) == 20
    assert ring.from_keyframe() is None
    assert ring.newest.number == 99
