"""What a publisher may put into one picture."""

import pytest

from streamer.packetizer import packetize
from streamer.rtp.depacketizer import MAX_NALS, Depacketizer
from streamer.rtp.packet import RtpPacket

KEYFRAME = (bytes.fromhex("6742c01edb"), bytes.fromhex("68ce3c80"), b"\x65\x9a a keyframe")
FILLER = b"\x0c"


def given(taking, nals, timestamp):
    """The pictures that come of these NAL units, each sent in as few packets as it takes."""
    payloads = packetize(nals)
    packets = [
        RtpPacket(
            payload_type=96,
            sequence=number,
            timestamp=timestamp,
            ssrc=9,
            is_marked=number == len(payloads) - 1,
            payload=payload,
        )
        for number, payload in enumerate(payloads)
    ]
    return [unit.nals for packet in packets for unit in taking.feed(packet)]


@pytest.mark.parametrize("more", [0, MAX_NALS])
def test_a_picture_of_ever_more_units_is_dropped_and_the_next_one_comes(more):
    taking = Depacketizer()
    many = (*KEYFRAME, *(FILLER,) * (MAX_NALS - len(KEYFRAME)))
    assert given(taking, many, 1) == [many]
    assert given(taking, many + (FILLER,) * (1 + more), 2) == []
    assert taking.dropped_total == 1
    assert given(taking, KEYFRAME, 3) == [KEYFRAME]
