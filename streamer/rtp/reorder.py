"""Packets in the order they were sent, and which to ask for again. Pure: time comes in."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamer.rtp.packet import RtpPacket

CAPACITY = 2048
"""Packets held behind a hole: 10 s of a 2 Mbit/s stream, some 2.5 MB at most."""
PATIENCE_S = 0.4
"""How long a hole is waited for. A request and its answer over a slow link take half of it."""
ASK_AGAIN_S = 0.06
MAX_ASKED = 128
"""Sequence numbers in one request."""


@dataclass(slots=True)
class _Hole:
    since_s: float
    asked_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Packets that did not come in time: what follows does not join what went before."""

    packets: int


class Reorder:
    """Gives the packets of one stream in order, each once.

    A packet that is missing holds up those behind it for `PATIENCE_S` at most; then it is
    given up and `Lost` says so. The first packet that comes is where the stream begins.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._highest = 0
        self._held: dict[int, RtpPacket] = {}
        self._holes: dict[int, _Hole] = {}
        self.duplicates_total = 0
        self.lost_total = 0

    @property
    def highest_sequence(self) -> int:
        """The highest number seen, with the count of wraps in its upper half."""
        return self._highest

    def is_next(self, sequence: int) -> bool:
        """Whether nothing is missing or held, and this number goes on where the last ended."""
        is_in_order = self._next is not None and sequence == self._next & 0xFFFF
        return is_in_order and not self._held and not self._holes

    def pass_by(self, packet: RtpPacket) -> None:
        """Take a packet that `is_next`: it needs no ordering. Joined ones go no other way."""
        self._next = (self._next or 0) + packet.packets
        self._highest = self._next - 1

    def add(self, packet: RtpPacket, now_s: float) -> Iterator[RtpPacket | Lost]:
        """Take a packet as it arrived and give what is now in order: read all of it."""
        number = self._unwrapped(packet.sequence)
        if number is None:
            yield from self._restart(packet)
            return
        if number < (self._next or 0) or number in self._held:
            self.duplicates_total += 1
            return
        self._note_holes(number, now_s)
        self._held[number] = packet
        yield from self._released(now_s)

    def to_ask(self, now_s: float) -> tuple[int, ...]:
        """The sequence numbers to ask for now, in order. Each is asked for again in a while."""
        if not self._holes:
            return ()
        due = [
            number
            for number, hole in self._holes.items()
            if hole.asked_s is None or now_s - hole.asked_s >= ASK_AGAIN_S
        ][:MAX_ASKED]
        for number in due:
            self._holes[number].asked_s = now_s
        return tuple(number & 0xFFFF for number in due)

    def _unwrapped(self, sequence: int) -> int | None:
        """The number with its wraps; None when it is too far away to belong to the stream."""
        if self._next is None:
            self._next = self._highest = sequence
            return sequence
        ahead = ((sequence - self._next + 0x8000) & 0xFFFF) - 0x8000
        return self._next + ahead if abs(ahead) < CAPACITY else None

    def _restart(self, packet: RtpPacket) -> Iterator[RtpPacket | Lost]:
        self._held.clear()
        self._holes.clear()
        self._next = self._highest = packet.sequence
        self._next += 1
        yield Lost(packets=0)
        yield packet

    def _note_holes(self, number: int, now_s: float) -> None:
        for missing in range(max(self._highest + 1, self._next or 0), number):
            self._holes[missing] = _Hole(since_s=now_s)
        self._highest = max(self._highest, number)
        self._holes.pop(number, None)

    def _released(self, now_s: float) -> Iterator[RtpPacket | Lost]:
        assert self._next is not None  # noqa: S101 add() has set it
        while self._held:
            packet = self._held.pop(self._next, None)
            if packet is not None:
                self._next += 1
                yield packet
                continue
            if not self._is_given_up(now_s):
                return
            yield self._skip_to(min(self._held))

    def _is_given_up(self, now_s: float) -> bool:
        hole = self._holes.get(self._next or 0)
        return hole is None or now_s - hole.since_s > PATIENCE_S

    def _skip_to(self, number: int) -> Lost:
        missed = number - (self._next or 0)
        for missing in range(self._next or 0, number):
            self._holes.pop(missing, None)
        self._next = number
        self.lost_total += missed
        return Lost(packets=missed)
