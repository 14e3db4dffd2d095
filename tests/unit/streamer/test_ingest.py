"""A publisher's packets become its pictures, whatever the network does on the way."""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.errors import MalformedPacketError
from streamer.native import native
from streamer.packetizer import packetize
from streamer.rtp.gathering import gather
from streamer.rtp.ingest import IngestPlan, IngestStream
from streamer.rtp.packet import write_header
from streamer.rtp.reorder import PATIENCE_S
from streamer.rtp.rtcp import read_rtcp

PAYLOAD_TYPE, RTX_TYPE = 96, 97
SPS, PPS = bytes.fromhex("6742c01edb"), bytes.fromhex("68ce3c80")
SPACING_S = 0.005
sizes = st.lists(st.integers(2, 4000), min_size=1, max_size=12)


def film(picture_sizes, gop=4):
    """Pictures, and their packets."""
    random = Random(1)
    pictures, packets, sequence = [], [], 65_530
    for number, size in enumerate(picture_sizes):
        is_keyframe = number % gop == 0
        nal = bytes([0x65 if is_keyframe else 0x41, 0x9A]) + random.randbytes(size)
        nals = (SPS, PPS, nal) if is_keyframe else (nal,)
        payloads = packetize(nals)
        for index, payload in enumerate(payloads):
            header = write_header(
                payload_type=PAYLOAD_TYPE,
                sequence=sequence,
                timestamp=2**32 - 7000 + number * 3600,
                ssrc=9,
                is_marked=index == len(payloads) - 1,
            )
            packets.append(header + payload)
            sequence += 1
        pictures.append(nals)
    return pictures, packets


def stream(loop=native):
    plan = IngestPlan(payload_type=PAYLOAD_TYPE, retransmission_type=RTX_TYPE)
    return IngestStream(plan, loop)


def fed(taking, packets):
    came = []
    for number, packet in enumerate(packets):
        came += [unit.nals for unit in taking.feed([packet], number * SPACING_S)]
    return came


def repeated(packet):
    """As RFC 4588 repeats it."""
    header = bytes([packet[0], packet[1] & 0x80 | RTX_TYPE]) + bytes(2) + packet[4:8] + bytes(4)
    return header + packet[2:4] + packet[12:]


@given(sizes)
def test_what_was_sent_comes_out_byte_for_byte_and_at_once(picture_sizes):
    pictures, packets = film(picture_sizes)
    taking = stream()
    assert fed(taking, packets) == pictures
    assert taking.lost_total == taking.dropped_total == 0


@given(sizes, st.randoms(use_true_random=False))
def test_packets_that_overtake_one_another_change_nothing(picture_sizes, random):
    pictures, packets = film(picture_sizes)
    # The first one says where the stream begins.
    order = sorted(range(1, len(packets)), key=lambda n: n + random.uniform(0, 6))
    assert fed(stream(), [packets[n] for n in (0, *order)]) == pictures


@given(sizes, st.sets(st.integers(1, 40)))
def test_lost_packets_that_are_repeated_change_nothing(picture_sizes, lost):
    pictures, packets = film([*picture_sizes, 50])
    taking, came, now_s = stream(), [], 0.0
    for number, packet in enumerate(packets):
        now_s += SPACING_S
        is_last = number == len(packets) - 1
        if number not in lost or is_last:
            came += [unit.nals for unit in taking.feed([packet], now_s)]
        for sequence in taking.to_ask(now_s):
            asked = packets[(sequence - 65_530) & 0xFFFF]
            came += [unit.nals for unit in taking.feed([repeated(asked)], now_s)]
    assert came == pictures
    assert taking.lost_total == 0


@given(st.lists(st.integers(2, 4000), min_size=8, max_size=24), st.sets(st.integers(0, 60)))
def test_what_is_lost_for_good_never_makes_a_broken_picture(picture_sizes, lost):
    pictures, packets = film(picture_sizes)
    kept = [packet for number, packet in enumerate(packets) if number not in lost]
    taking, came = stream(), []
    for number, packet in enumerate(kept):
        came += [unit.nals for unit in taking.feed([packet], number * 2 * PATIENCE_S)]
    numbers = [pictures.index(nals) for nals in came]
    assert numbers == sorted(set(numbers))
    for number in numbers:
        keyframe = number - number % 4
        assert set(range(keyframe, number)) <= set(numbers)


LOOPS = [None] if native is None else [None, native]


@pytest.mark.parametrize("loop", LOOPS)
@given(
    picture_sizes=st.lists(st.integers(2, 9000), min_size=1, max_size=12),
    together=st.lists(st.integers(1, 40), min_size=1, max_size=9),
    lost=st.sets(st.integers(1, 80)),
    random=st.randoms(use_true_random=False),
)
def test_it_does_not_matter_how_many_packets_are_taken_at_once(
    loop, picture_sizes, together, lost, random
):
    _, packets = film(picture_sizes)
    order = sorted(range(1, len(packets)), key=lambda n: n + random.choice([0, 0, 0, 3]))
    came = [packets[0], *(packets[n] for n in order if n not in lost)]
    came.insert(random.randrange(len(came)) + 1, random.choice(came))
    one_by_one, in_blocks, at = stream(None), stream(loop), 0
    expected = [unit for packet in came for unit in one_by_one.feed([packet], 0.0)]
    found = []
    while at < len(came):
        size = together[at % len(together)]
        found += in_blocks.feed(came[at : at + size], 0.0)
        at += size
    assert found == expected
    assert in_blocks.to_ask(0.0) == one_by_one.to_ask(0.0)
    assert in_blocks.packets_total == one_by_one.packets_total


@pytest.mark.parametrize("loop", LOOPS)
@settings(max_examples=500)
@given(st.lists(st.binary(max_size=60), max_size=20), st.booleans(), st.booleans())
def test_whatever_reads_packets_reads_the_same(loop, bodies, is_headed, is_fragment):
    head = bytes([0x80, PAYLOAD_TYPE]) if is_headed else b""
    packets = [head + body[:10] + bytes([28] * is_fragment) + body[10:] for body in bodies]
    no_type = 128
    assert list(gather(packets, no_type, loop)) == list(gather(packets, no_type, None))


def test_a_hole_is_asked_for_again_in_a_while_and_then_given_up():
    _, packets = film([3000, 3000])
    taking = stream()
    taking.feed([packets[0]], 0.0)
    taking.feed([packets[2]], 0.0)
    missing = (65_531,)
    assert taking.to_ask(0.0) == missing
    assert taking.to_ask(0.01) == ()
    assert taking.to_ask(0.1) == missing
    taking.feed([packets[3]], 2 * PATIENCE_S)
    assert taking.lost_total == 1
    assert taking.to_ask(3 * PATIENCE_S) == ()


def test_a_keyframe_is_asked_for_after_a_loss_but_not_all_the_time():
    taking = stream()
    assert taking.wants_keyframe(0.0)
    assert not taking.wants_keyframe(0.5)
    assert taking.wants_keyframe(1.5)
    fed(taking, film([100])[1])
    assert not taking.wants_keyframe(9.0)
    assert taking.wants_keyframe(9.0, is_viewer_asking=True)


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=60), max_size=20), st.booleans())
def test_no_packet_is_too_strange(bodies, is_headed):
    taking = stream()
    for number, body in enumerate(bodies):
        head = bytes([0x80, PAYLOAD_TYPE if number % 2 else RTX_TYPE]) if is_headed else b""
        taking.feed([head + body], number * SPACING_S)
        taking.to_ask(number * SPACING_S)
    taking.reception(100.0)


@settings(max_examples=300)
@given(st.binary(max_size=120), st.integers(0, 31), st.sampled_from([200, 201, 203, 205, 206]))
def test_rtcp_is_read_or_called_malformed(body, count, kind):
    padded = body + bytes(-len(body) % 4)
    whole = bytes([0x80 | count, kind]) + (len(padded) // 4).to_bytes(2, "big") + padded
    for data in (body, whole):
        with suppress(MalformedPacketError):
            list(read_rtcp(data))


def test_rtcp_that_is_cut_off_is_malformed():
    with pytest.raises(MalformedPacketError, match="cut off"):
        list(read_rtcp(bytes.fromhex("80c80006000000ab")))
