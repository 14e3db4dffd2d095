"""RTCP: what peers report and ask for, read; what we report and ask for, written.

Source: RFC 3550 section 6, RFC 4585 section 6, RFC 5104 section 4.3.1, and for REMB
draft-alvestrand-rmcat-remb-03.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct, pack, unpack_from
from typing import TypeAlias

from streamer.errors import MalformedPacketError

MAX_NACKED = 256
"""Lost packets taken from one request; more is not loss but a broken link."""
SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, GOODBYE = 200, 201, 202, 203
TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 205, 206
_NACK, _PLI, _FIR, _APPLICATION = 1, 1, 4, 15
_BLOCK = Struct("!IIIIII")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nack:
    """Packets that the peer did not get."""

    media_ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyframeRequest:
    """The peer cannot decode on without a keyframe (PLI or FIR)."""

    media_ssrc: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionReport:
    """How one of our streams arrives, as its receiver sees it."""

    ssrc: int
    fraction_lost: float
    """0 to 1, since the last report: browsers send five a second, over a few packets each."""
    lost_total: int
    """Since the beginning. Less than before where lost packets came after all."""
    highest_sequence: int
    """Of those that arrived, with the count of wraps in its upper half."""
    jitter: int
    """In units of the RTP clock."""
    last_sender_report: int
    """Middle 32 bits of the NTP time of the sender report it answers; 0: none yet."""
    delay: int
    """Since that report arrived, in 1/65536 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What the receiver believes its link carries (REMB)."""

    bits_per_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """The sender's clock: which wall time a timestamp stands for."""

    ssrc: int
    ntp: int
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """Streams that have ended."""

    ssrcs: tuple[int, ...]


Feedback: TypeAlias = Nack | KeyframeRequest | ReceptionReport | Estimate | SenderReport | Goodbye


def read_rtcp(data: bytes) -> Iterator[Feedback]:
    """Read a compound packet; what nobody here understands is passed over.

    Raises:
        MalformedPacketError: A packet is cut off, or shorter than its kind needs.
    """
    position = 0
    while position < len(data):
        if len(data) < position + 4 or data[position] >> 6 != 2:
            raise MalformedPacketError("not an RTCP packet")
        count, kind = data[position] & 0x1F, data[position + 1]
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if end > len(data):
            raise MalformedPacketError("an RTCP packet is cut off")
        yield from _read_one(kind, count, data[position + 4 : end])
        position = end


def _read_one(kind: int, count: int, body: bytes) -> Iterator[Feedback]:
    match kind:
        case 200:
            _need(body, 24)
            ssrc, ntp, timestamp = unpack_from("!IQI", body)
            yield SenderReport(ssrc=ssrc, ntp=ntp, timestamp=timestamp)
            yield from _blocks(body[24:], count)
        case 201:
            _need(body, 4)
            yield from _blocks(body[4:], count)
        case 203:
            _need(body, 4 * count)
            yield Goodbye(ssrcs=unpack_from(f"!{count}I", body))
        case 205 if count == _NACK:
            yield _nack(body)
        case 206 if count in (_PLI, _FIR):
            yield _keyframe_request(body, count)
        case 206 if count == _APPLICATION and body[8:12] == b"REMB":
            _need(body, 16)
            yield _estimate(body)


def _need(body: bytes, size: int) -> None:
    if len(body) < size:
        raise MalformedPacketError("an RTCP packet is shorter than its kind")


def _blocks(body: bytes, count: int) -> Iterator[ReceptionReport]:
    _need(body, count * _BLOCK.size)
    for index in range(count):
        ssrc, lost, highest, jitter, last, delay = _BLOCK.unpack_from(body, index * _BLOCK.size)
        yield ReceptionReport(
            ssrc=ssrc,
            fraction_lost=(lost >> 24) / 256,
            lost_total=((lost & 0xFFFFFF) ^ 0x800000) - 0x800000,
            highest_sequence=highest,
            jitter=jitter,
            last_sender_report=last,
            delay=delay,
        )


def _nack(body: bytes) -> Nack:
    _need(body, 8)
    sequences: list[int] = []
    for position in range(8, len(body) - 3, 4):
        first, mask = unpack_from("!HH", body, position)
        sequences.append(first)
        sequences += ((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(sequences) >= MAX_NACKED:
            break
    return Nack(
        media_ssrc=int.from_bytes(body[4:8], "big"), sequences=tuple(sequences[:MAX_NACKED])
    )


def _keyframe_request(body: bytes, kind: int) -> KeyframeRequest:
    _need(body, 8 if kind == _PLI else 16)
    at = 4 if kind == _PLI else 8  # FIR names its stream in the entry, not in the header
    return KeyframeRequest(media_ssrc=int.from_bytes(body[at : at + 4], "big"))


def _estimate(body: bytes) -> Estimate:
    exponent = body[13] >> 2
    mantissa = int.from_bytes(body[13:16], "big") & 0x3FFFF
    return Estimate(bits_per_s=mantissa << exponent)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def write_sender_report(
    ssrc: int, *, ntp: int, timestamp: int, packets: int, payload_bytes: int
) -> bytes:
    """A sender report and the description it must come with."""
    counts = (packets & 0xFFFFFFFF, payload_bytes & 0xFFFFFFFF)
    report = pack("!IQIII", ssrc, ntp, timestamp & 0xFFFFFFFF, *counts)
    return _packet(SENDER_REPORT, 0, report) + _description(ssrc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What we tell a sender about its stream."""

    media_ssrc: int
    fraction_lost: float
    lost_total: int
    highest_sequence: int
    """With the count of wraps in its upper half."""
    jitter: int
    last_sender_report: int
    delay: int


def write_receiver_report(ssrc: int, reception: Reception) -> bytes:
    """A receiver report on one stream, and the description it must come with."""
    fraction = min(255, int(reception.fraction_lost * 256))
    lost = max(-(2**23), min(2**23 - 1, reception.lost_total)) & 0xFFFFFF
    block = _BLOCK.pack(
        reception.media_ssrc,
        fraction << 24 | lost,
        reception.highest_sequence & 0xFFFFFFFF,
        reception.jitter & 0xFFFFFFFF,
        reception.last_sender_report,
        reception.delay & 0xFFFFFFFF,
    )
    return _packet(RECEIVER_REPORT, 1, pack("!I", ssrc) + block) + _description(ssrc)


def write_nack(ssrc: int, media_ssrc: int, sequences: Sequence[int]) -> bytes:
    """Ask for lost packets, given in the order they were sent."""
    body = pack("!II", ssrc, media_ssrc)
    for first, mask in _masks(sequences):
        body += pack("!HH", first, mask)
    return _packet(TRANSPORT_FEEDBACK, _NACK, body)


def _masks(sequences: Iterable[int]) -> Iterator[tuple[int, int]]:
    first: int | None = None
    mask = 0
    for sequence in sequences:
        ahead = 0 if first is None else (sequence - first - 1) & 0xFFFF
        if first is not None and ahead < 16:
            mask |= 1 << ahead
            continue
        if first is not None:
            yield first, mask
        first, mask = sequence & 0xFFFF, 0
    if first is not None:
        yield first, mask


def write_keyframe_request(ssrc: int, media_ssrc: int) -> bytes:
    """Ask for a keyframe (PLI)."""
    return _packet(PAYLOAD_FEEDBACK, _PLI, pack("!II", ssrc, media_ssrc))


def _description(ssrc: int) -> bytes:
    # One chunk: CNAME of 7 bytes, then zeros to the next multiple of four (RFC 3550 6.5).
    return _packet(DESCRIPTION, 1, pack("!IBB7s", ssrc, 1, 7, b"pollcam") + bytes(3))
