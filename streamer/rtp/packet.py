"""The RTP header, read and written. Source: RFC 3550 section 5.1."""

from struct import Struct
from typing import NamedTuple

from streamer.errors import MalformedPacketError

HEADER_BYTES = 12
CLOCK_HZ = 90_000
"""RTP clock of every video codec here. Source: RFC 6184 section 8.1."""
_HEADER = Struct("!BBHII")
_VERSION = 0x80
_MARKER = 0x80


class RtpPacket(NamedTuple):
    """One packet; padding, contributors and header extensions are gone.

    A tuple, as it is made 200 times a second for each publisher.
    """

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    is_marked: bool
    """For H.264: the last packet of a picture."""
    payload: bytes
    packets: int = 1
    """How many packets these were, where neighbouring fragments of a NAL unit were joined."""


def read_rtp(data: bytes) -> RtpPacket:
    """Read a packet.

    Raises:
        MalformedPacketError: It is shorter than its own header says.
    """
    if len(data) < HEADER_BYTES or data[0] >> 6 != 2:
        raise MalformedPacketError("not an RTP packet")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start = HEADER_BYTES if first & 0x1F == 0 else _payload_start(data, first)
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if start > end:
        raise MalformedPacketError("an RTP packet ends within its header or padding")
    is_marked, payload = bool(second & _MARKER), data[start:end]
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, is_marked, payload)


def _payload_start(data: bytes, first: int) -> int:
    start = HEADER_BYTES + 4 * (first & 0x0F)
    if not first & 0x10:
        return start
    if len(data) < start + 4:
        raise MalformedPacketError("an RTP header extension is cut off")
    return start + 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")


def write_header(
    *, payload_type: int, sequence: int, timestamp: int, ssrc: int, is_marked: bool
) -> bytes:
    """The twelve bytes before a payload; sequence and timestamp are taken modulo their size."""
    return _HEADER.pack(
        _VERSION,
        payload_type | (_MARKER if is_marked else 0),
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc,
    )
