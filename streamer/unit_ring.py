"""The newest pictures of a publication: for a viewer's first second, and for lost packets."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence

from streamer.packetizer import count_payloads, packetize
from streamer.rtp.packet import CLOCK_HZ

KEPT_S = 2.0
"""Pictures younger than this answer requests for lost packets."""
MAX_BYTES = 12 * 2**20
"""48 s at 2 Mbit/s. A GOP that is larger is not kept, and its viewers wait for a keyframe."""
MAX_UNITS = 3000
MAX_PACKETS = 0x7000
"""Sequence numbers in the ring must not come round again."""


class PacketizedUnit:
    """One picture, cut into payloads, with its place in the outgoing stream.

    It is cut when somebody wants it: most cameras are watched by nobody most of the time.

    Args:
        number: Counts the publication's pictures.
        first_sequence: Of its first packet; not wrapped.
        timestamp: Of the outgoing RTP clock; not wrapped.
        nals: The picture.
        is_keyframe: Whether decoding can begin with it.
    """

    __slots__ = (
        "_nals",
        "_payloads",
        "first_sequence",
        "is_keyframe",
        "number",
        "packet_count",
        "size_bytes",
        "timestamp",
    )

    def __init__(
        self,
        *,
        number: int,
        first_sequence: int,
        timestamp: int,
        nals: Sequence[bytes],
        is_keyframe: bool,
    ) -> None:
        self.number = number
        self.first_sequence = first_sequence
        self.timestamp = timestamp
        self.is_keyframe = is_keyframe
        self.packet_count = count_payloads(nals)
        self.size_bytes = sum(map(len, nals))
        self._nals: Sequence[bytes] = nals
        self._payloads: tuple[bytes, ...] = ()

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """What its packets carry."""
        if not self._payloads:
            self._payloads, self._nals = packetize(self._nals), ()
        return self._payloads


class UnitRing:
    """Keeps the last GOP and the last seconds, within bounds; the oldest goes first."""

    def __init__(self) -> None:
        self._units: deque[PacketizedUnit] = deque()
        self._size_bytes = 0
        self._keyframe: int | None = None

    def __len__(self) -> int:
        return len(self._units)

    def push(self, unit: PacketizedUnit) -> None:
        """Add the newest picture."""
        self._units.append(unit)
        self._size_bytes += unit.size_bytes
        if unit.is_keyframe:
            self._keyframe = unit.number
        while self._has_too_much(unit.timestamp):
            self._drop_oldest()

    @property
    def newest(self) -> PacketizedUnit | None:
        """The picture that came last."""
        return self._units[-1] if self._units else None

    def from_keyframe(self) -> PacketizedUnit | None:
        """The keyframe that a new viewer starts with; None when its GOP was too large to keep."""
        return None if self._keyframe is None else self.at(self._keyframe)

    def at(self, number: int) -> PacketizedUnit | None:
        """One picture by its number; None when it is gone or has not come yet."""
        if not self._units:
            return None
        index = number - self._units[0].number
        return self._units[index] if 0 <= index < len(self._units) else None

    def with_sequence(self, sequence: int) -> PacketizedUnit | None:
        """The picture that has a packet of that number (16 bits)."""
        if not self._units:
            return None
        last = self._units[-1].first_sequence + self._units[-1].packet_count - 1
        number = last - (last - sequence & 0xFFFF)
        index = bisect_right(self._units, number, key=_first_sequence) - 1
        return self._units[index] if index >= 0 else None

    def __iter__(self) -> Iterator[PacketizedUnit]:
        return iter(self._units)

    def _has_too_much(self, timestamp: int) -> bool:
        if self._size_bytes > MAX_BYTES or len(self._units) > MAX_UNITS:
            return len(self._units) > 1
        oldest, newest = self._units[0], self._units[-1]
        if newest.first_sequence + newest.packet_count - oldest.first_sequence > MAX_PACKETS:
            return len(self._units) > 1
        is_of_last_gop = self._keyframe is not None and oldest.number >= self._keyframe
        return not is_of_last_gop and timestamp - oldest.timestamp > KEPT_S * CLOCK_HZ

    def _drop_oldest(self) -> None:
        unit = self._units.popleft()
        self._size_bytes -= unit.size_bytes
        if unit.number == self._keyframe:
            self._keyframe = None


def _first_sequence(unit: PacketizedUnit) -> int:
    return unit.first_sequence
