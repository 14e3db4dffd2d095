"""H.264 pictures out of RTP packets that are in order. Source: RFC 6184 section 5. Pure."""

from collections.abc import Iterable, Iterator

from streamer.rtp.access_unit import IDR, PPS, SPS, AccessUnit, nal_type
from streamer.rtp.packet import RtpPacket

MAX_UNIT_BYTES = 4 * 2**20
"""The largest picture taken; an IDR of a 4K camera stays below a quarter of it."""
MAX_NALS = 1024
"""The most NAL units of one; a slice for each row of a 4K camera makes 135."""
_STAP_A, _FU_A = 24, 28
_START, _END = 0x80, 0x40
_SLICE = 1
_FIRST = 0x80
"""`first_mb_in_slice` is 0: one bit, set."""
_SLICES = range(1, 6)


class Depacketizer:
    """Gathers NAL units until a picture is whole.

    A picture ends with the marker, so it is given without waiting for the next one; where a
    sender forgets the marker, the next timestamp ends it. After a loss nothing is given until
    a keyframe: what lies between refers to pictures that nobody has.
    """

    def __init__(self) -> None:
        self.needs_keyframe = True
        """Whether pictures are being thrown away for want of a keyframe."""
        self.dropped_total = 0
        """Pictures, whole or not, that were not given."""
        self._nals: list[bytes] = []
        self._size_bytes = 0
        self._fragments: list[bytes] | None = None
        self._timestamp = 0
        self._is_damaged = False
        self._parameter_sets: dict[int, bytes] = {}

    def feed(self, packet: RtpPacket) -> Iterable[AccessUnit]:
        """Take the next packet and give the pictures that it completes: none, one or two."""
        payload, fragments = packet.payload, self._fragments
        if packet.is_marked and not self._nals and fragments is None:
            nal = _whole_slice(payload)
            if nal is not None and not self.needs_keyframe and not self._is_damaged:
                self._timestamp = packet.timestamp
                return (AccessUnit(nals=(nal,), timestamp=packet.timestamp, is_keyframe=False),)
        is_within = fragments is not None and packet.timestamp == self._timestamp
        if is_within and not packet.is_marked and _is_middle(payload):
            fragments.append(payload[2:])  # type: ignore[union-attr] # is within one
            self._grow(len(payload) - 2)
            return ()
        return tuple(self._feed(packet))

    def _feed(self, packet: RtpPacket) -> Iterator[AccessUnit]:
        if packet.timestamp != self._timestamp:
            yield from self._finished()
            self._timestamp = packet.timestamp
        if packet.payload:
            self._take(packet.payload)
        # Some senders mark the parameter sets that go before a picture: no slice, no picture.
        if packet.is_marked and (self._has_slice() or self._is_damaged):
            yield from self._finished()

    def note_loss(self) -> None:
        """The next packet does not join the last one."""
        self._spoil()
        self.needs_keyframe = True

    def _take(self, payload: bytes) -> None:
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            self._take_fragment(payload)
        elif self._fragments is not None:
            self._spoil()
        elif kind == _STAP_A:
            self._take_aggregate(payload)
        elif 0 < kind < _STAP_A:
            self._keep(payload)
        else:
            self._spoil()

    def _take_fragment(self, payload: bytes) -> None:
        if len(payload) < 3:
            self._spoil()
            return
        indicator, header = payload[0], payload[1]
        if header & _START and header & _END and self._fragments is None:  # joined by `gather`
            self._keep(bytes([indicator & 0xE0 | header & 0x1F]) + payload[2:])
            return
        if header & _START:
            is_within_another = self._fragments is not None
            self._fragments = [bytes([indicator & 0xE0 | header & 0x1F])]
            if is_within_another:
                self._spoil()
        if self._fragments is None:
            self._spoil()
            return
        self._fragments.append(payload[2:])
        self._grow(len(payload) - 2)
        if header & _END and self._fragments is not None:
            nal, self._fragments = b"".join(self._fragments), None
            self._nals.append(nal)

    def _take_aggregate(self, payload: bytes) -> None:
        position = 1
        while position + 2 < len(payload):
            size = int.from_bytes(payload[position : position + 2], "big")
            nal = payload[position + 2 : position + 2 + size]
            if not nal or len(nal) != size:
                self._spoil()
                return
            self._keep(nal)
            position += 2 + size

    def _keep(self, nal: bytes) -> None:
        self._nals.append(nal)
        self._grow(len(nal))

    def _grow(self, size_bytes: int) -> None:
        self._size_bytes += size_bytes
        if self._size_bytes > MAX_UNIT_BYTES or len(self._nals) > MAX_NALS:
            self._spoil()

    def _spoil(self) -> None:
        self._is_damaged = True
        self._nals.clear()
        self._fragments = None

    def _has_slice(self) -> bool:
        return any(nal_type(nal) in _SLICES for nal in self._nals)

    def _finished(self) -> Iterator[AccessUnit]:
        if self._fragments is not None:
            self._spoil()
        nals, is_damaged = self._nals, self._is_damaged
        self._nals, self._size_bytes, self._is_damaged = [], 0, False
        if is_damaged:
            self.needs_keyframe = True
            self.dropped_total += 1
        elif nals:
            yield from self._judged(nals)

    def _judged(self, nals: list[bytes]) -> Iterator[AccessUnit]:
        types = {nal_type(nal) for nal in nals}
        self._remember(nals)
        if types.isdisjoint(_SLICES):
            return
        if not _begins_at_the_top(nals):
            self.needs_keyframe = True
            self.dropped_total += 1
            return
        is_keyframe = IDR in types and len(self._parameter_sets) == 2
        if self.needs_keyframe and not is_keyframe:
            self.dropped_total += 1
            return
        self.needs_keyframe = False
        if is_keyframe:
            missing = [self._parameter_sets[t] for t in (SPS, PPS) if t not in types]
            nals = [*missing, *nals]
        yield AccessUnit(nals=tuple(nals), timestamp=self._timestamp, is_keyframe=is_keyframe)

    def _remember(self, nals: list[bytes]) -> None:
        self._parameter_sets.update(
            {nal_type(nal): nal for nal in nals if nal_type(nal) in (SPS, PPS)}
        )


def _whole_slice(payload: bytes) -> bytes | None:
    """The slice of a picture of one slice that is no keyframe: most pictures are one."""
    if len(payload) < 4:
        return None
    if payload[0] & 0x1F == _SLICE and payload[1] & _FIRST:
        return payload
    is_joined = payload[0] & 0x1F == _FU_A and payload[1] == _START | _END | _SLICE
    if is_joined and payload[2] & _FIRST:
        return bytes((payload[0] & 0xE0 | _SLICE,)) + payload[2:]
    return None


def _is_middle(payload: bytes) -> bool:
    """A fragment that neither begins nor ends a NAL unit: most packets are one."""
    return len(payload) > 2 and payload[0] & 0x1F == _FU_A and not payload[1] & (_START | _END)


def _begins_at_the_top(nals: list[bytes]) -> bool:
    """Whether the first slice is the picture's first: a loss just before it shows nowhere else."""
    first = next(nal for nal in nals if nal_type(nal) in _SLICES)
    return len(first) > 1 and bool(first[1] & _FIRST)
