"""A picture as the viewers of one group get it, before encryption: laid out once. Pure."""

from dataclasses import dataclass

from streamer.rtp.packet import HEADER_BYTES, write_header
from streamer.unit_ring import PacketizedUnit

BURST_PACKETS = 16
"""Datagrams in one call to the kernel. A keyframe at line rate would overrun small buffers on
the way, so it leaves in bursts of this size with a pause between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What viewers must share to be sent the same bytes before encryption."""

    ssrc: int
    payload_type: int
    tag_bytes: int
    """Room behind each packet for the tag of the viewer's SRTP profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Neighbouring packets that can leave in one call: equally long, but for a shorter last."""

    start: int
    """Offset in the layout."""
    end: int
    stride: int
    """Length of each packet but the last, with room for the tag."""
    lengths: tuple[int, ...]
    """Of the packets without their tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """All packets of one picture, each with room for its tag behind it."""

    layout: bytes
    bursts: tuple[Burst, ...]
    packets: int
    payload_bytes: int


def lay_out(unit: PacketizedUnit, group: Group, timestamp: int | None = None) -> Template:
    """Write the packets of a picture for a group of viewers.

    Args:
        unit: The picture.
        group: Whom it is for.
        timestamp: In place of the picture's own; not wrapped.
    """
    packets = [packet_of(unit, index, group, timestamp) for index in range(len(unit.payloads))]
    room = bytes(group.tag_bytes)
    return Template(
        layout=b"".join(part for packet in packets for part in (packet, room)),
        bursts=tuple(_bursts([len(packet) for packet in packets], group.tag_bytes)),
        packets=len(packets),
        payload_bytes=unit.size_bytes,
    )


def packet_of(
    unit: PacketizedUnit, index: int, group: Group, timestamp: int | None = None
) -> bytes:
    """One packet of a picture, as the group gets it."""
    header = write_header(
        payload_type=group.payload_type,
        sequence=unit.first_sequence + index,
        timestamp=unit.timestamp if timestamp is None else timestamp,
        ssrc=group.ssrc,
        is_marked=index == len(unit.payloads) - 1,
    )
    return header + unit.payloads[index]


def lone(packet: bytes, tag_bytes: int) -> Template:
    """A packet that is sent by itself, to one viewer."""
    size = len(packet) + tag_bytes
    burst = Burst(start=0, end=size, stride=size, lengths=(len(packet),))
    layout = packet + bytes(tag_bytes)
    return Template(layout=layout, bursts=(burst,), packets=1, payload_bytes=len(packet))


def _bursts(lengths: list[int], tag_bytes: int) -> list[Burst]:
    bursts: list[Burst] = []
    taken: list[int] = []
    start = 0
    for index, length in enumerate(lengths):
        taken.append(length)
        following = lengths[index + 1] if index + 1 < len(lengths) else None
        if _goes_on(taken, following):
            continue
        end = start + sum(taken) + tag_bytes * len(taken)
        bursts.append(
            Burst(start=start, end=end, stride=taken[0] + tag_bytes, lengths=tuple(taken))
        )
        start, taken = end, []
    return bursts


def _goes_on(taken: list[int], following: int | None) -> bool:
    if following is None or len(taken) == BURST_PACKETS:
        return False
    return taken[-1] == taken[0] and HEADER_BYTES < following <= taken[0]
