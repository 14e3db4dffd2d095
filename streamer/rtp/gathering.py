"""Packets as they came, fragments that belong together joined. Pure."""

from collections.abc import Iterator
from types import ModuleType

from streamer.errors import MalformedPacketError
from streamer.rtp.packet import RtpPacket, read_rtp


def gather(
    packets: list[bytes], payload_type: int, loop: ModuleType | None
) -> Iterator[RtpPacket | None]:
    """Read plain packets; None for each that is none.

    Neighbours that are fragments of one NAL unit may become one packet that says how many they
    were: a picture is then handled once, and not each of its packets. Python joins nothing: it
    would cost what it saves.

    Args:
        packets: As they came.
        payload_type: What may be joined; a packet of another type is given as it is.
        loop: The inner loop in C; None does it in Python.
    """
    if loop is None:
        return map(_read, packets)
    return (field and RtpPacket._make(field) for field in loop.gather(packets, payload_type))


def _read(packet: bytes) -> RtpPacket | None:
    try:
        return read_rtp(packet)
    except MalformedPacketError:
        return None
