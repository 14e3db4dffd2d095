"""From a publication's numbers to those of one viewer. Pure."""

from dataclasses import dataclass
from struct import Struct

_SEQUENCE_AND_TIMESTAMP = Struct(">HI")
_AT = 2
"""Where they stand in an RTP header. Source: RFC 3550 section 5.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What a viewer's sequence numbers and timestamps are ahead of the publication's.

    Whoever was left out of some pictures, or is sent two streams under one SSRC, shall see no hole
    and no leap. Everything else about a packet is the same for all viewers of a group, so that
    this is added last, when it is encrypted for each of them.
    """

    sequence: int = 0
    timestamp: int = 0

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return bool(self.sequence & 0xFFFF or self.timestamp & 0xFFFFFFFF)

    def apply(self, packets: memoryview | bytearray, start: int = 0) -> None:
        """Change the packet that begins there, in place."""
        sequence, timestamp = _SEQUENCE_AND_TIMESTAMP.unpack_from(packets, start + _AT)
        _SEQUENCE_AND_TIMESTAMP.pack_into(
            packets,
            start + _AT,
            (sequence + self.sequence) & 0xFFFF,
            (timestamp + self.timestamp) & 0xFFFFFFFF,
        )

    def applied_to(self, packet: bytes) -> bytes:
        """A changed copy of a packet."""
        copy = bytearray(packet)
        self.apply(copy)
        return bytes(copy)
