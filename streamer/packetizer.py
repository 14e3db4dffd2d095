"""H.264 pictures into RTP payloads, cut once for all viewers. Source: RFC 6184 section 5. Pure."""

from collections.abc import Iterator, Sequence
from math import ceil

PAYLOAD_BYTES = 1160
"""With RTP header, an extension and the SRTP tag a datagram stays within 1,200 bytes, which
every path carries."""
_STAP_A, _FU_A = 24, 28
_START, _END = 0x80, 0x40


def packetize(nals: Sequence[bytes], size: int = PAYLOAD_BYTES) -> tuple[bytes, ...]:
    """Cut one picture into payloads of at most `size` bytes, in order.

    Small neighbours share a payload. A large NAL unit becomes fragments of exactly `size`
    bytes and a shorter last one: the kernel can then send them in one call, because all but
    the last datagram of such a call must be equally long.
    """
    payloads: list[bytes] = []
    for share in _shares(nals, size):
        if len(share[0]) > size:
            payloads += _fragments(share[0], size)
        else:
            payloads.append(_together(share))
    return tuple(payloads)


def count_payloads(nals: Sequence[bytes], size: int = PAYLOAD_BYTES) -> int:
    """How many payloads `packetize` makes of a picture, without making them."""
    room = size - 2
    firsts = (len(share[0]) for share in _shares(nals, size))
    return sum(ceil((first - 1) / room) if first > size else 1 for first in firsts)


def _shares(nals: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    """NAL units that share a payload; a large one alone."""
    small: list[bytes] = []
    together = 1
    for nal in nals:
        together += 2 + len(nal)
        if small and together > size:
            yield small
            small, together = [], 3 + len(nal)
        if len(nal) > size:
            yield (nal,)
            together = 1
        else:
            small.append(nal)
    if small:
        yield small


def _together(nals: Sequence[bytes]) -> bytes:
    if len(nals) == 1:
        return nals[0]
    importance = max(nal[0] & 0x60 for nal in nals)
    parts = [bytes([_STAP_A | importance])]
    for nal in nals:
        parts += (len(nal).to_bytes(2, "big"), nal)
    return b"".join(parts)


def _fragments(nal: bytes, size: int) -> Iterator[bytes]:
    indicator, kind = nal[0] & 0xE0 | _FU_A, nal[0] & 0x1F
    room = size - 2
    for start in range(1, len(nal), room):
        flags = (_START if start == 1 else 0) | (_END if start + room >= len(nal) else 0)
        yield bytes((indicator, kind | flags)) + nal[start : start + room]
