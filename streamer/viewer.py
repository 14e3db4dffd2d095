"""One viewer of a publication: what it is sent, and what it says of it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from streamer.egress import Egress, SendDesk
from streamer.limits import TokenBucket
from streamer.link import Link
from streamer.rtp.packet import HEADER_BYTES
from streamer.rtp.rtcp import ReceptionReport
from streamer.template import Burst, Group, Template, lay_out, packet_of
from streamer.thinning import Thinning
from streamer.unit_ring import PacketizedUnit

CATCH_UP_SPACING = 180
"""RTP ticks between pictures of the past, 2 ms: about as they are sent. With their own
timestamps a player would take them for early and show everything late by a GOP."""
REPEATS_PER_S = 2000.0
REPEATS_AT_ONCE = 1000.0


@dataclass(slots=True)
class ViewerCounters:
    """What a viewer was sent. Changed by its viewer alone."""

    refused_bursts: int = 0
    repeated_packets: int = 0
    unknown_repeats: int = 0
    keyframe_requests: int = 0
    thinnings: int = 0
    fraction_lost: float = 0.0
    round_trip_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a viewer enters a publication."""

    first_number: int
    """Its first picture, a keyframe."""
    present_number: int
    """The newest picture when it came; those before it are the past."""
    present_timestamp: int

    def timestamp_of(self, unit: PacketizedUnit) -> int:
        """The timestamp under which the viewer gets a picture, not wrapped."""
        ago = self.present_number - unit.number
        return self.present_timestamp - ago * CATCH_UP_SPACING if ago > 0 else unit.timestamp


@dataclass(frozen=True, slots=True)
class Sent:
    """How much was sent."""

    packets: int = 0
    payload_bytes: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(self.packets + other.packets, self.payload_bytes + other.payload_bytes)

    def __sub__(self, other: "Sent") -> "Sent":
        return Sent(self.packets - other.packets, self.payload_bytes - other.payload_bytes)


class Viewer:
    """What is sent to one peer alone, and what it missed. Holds no pictures itself.

    Args:
        link: Its link, connected.
        group: Whose templates it is sent.
        desk: The loop's.
    """

    def __init__(self, link: Link, group: Group, desk: SendDesk) -> None:
        self.group = group
        self.counters = ViewerCounters()
        self.egress = Egress(link)
        self.sent_with_others: Callable[[], Sent] | None = None
        """How much its cohort has sent it."""
        self._link = link
        self._desk = desk
        self._alone = Sent()
        self.is_to_be_thinned = asyncio.Event()
        """Set while its link does not carry the whole stream."""
        self._thinning = Thinning()
        self._start: Start | None = None
        self._next_sequence: int | None = None
        self._repeats = TokenBucket(rate_per_s=REPEATS_PER_S, burst=REPEATS_AT_ONCE)

    @property
    def sent(self) -> Sent:
        """What it was sent, alone and with others; repeats are counted apart."""
        others = self.sent_with_others
        return self._alone if others is None else self._alone + others()

    def settle(self) -> None:
        """It leaves its cohort."""
        self._alone, self.sent_with_others = self.sent, None

    def note_refused(self, burst: Sent) -> None:
        """The kernel did not take a burst that its cohort has counted."""
        self.counters.refused_bursts += 1
        self._alone -= burst

    def follow_path(self) -> bool:
        """Take the way that its link has now; whether it is another than before."""
        was = self.egress
        self.egress = Egress(self._link)
        return (was.port, was.address) != (self.egress.port, self.egress.address)

    def go_on_from(self, unit: PacketizedUnit, start: Start | None) -> None:
        """Begin, or go on, at a picture: what was left out shows in no sequence number.

        Args:
            unit: The next picture it is sent.
            start: Where it enters the publication; None: at that picture alone.
        """
        if self._next_sequence is not None:
            offset = self._next_sequence - unit.first_sequence
            self.group = replace(self.group, sequence_offset=offset)
        self._start = start or Start(
            first_number=unit.number,
            present_number=unit.number,
            present_timestamp=unit.timestamp,
        )

    def note_sent(self, unit: PacketizedUnit) -> None:
        """The last picture before some are left out."""
        after = unit.first_sequence + len(unit.payloads)
        self._next_sequence = after + self.group.sequence_offset

    def send(self, template: Template, burst: Burst) -> None:
        """Send a burst to this viewer alone.

        What the kernel refuses is counted and lost: the viewer will ask for it.
        """
        packets = len(burst.lengths)
        self._alone += Sent(packets, sum(burst.lengths) - HEADER_BYTES * packets)
        if not self._send(template, burst):
            self.note_refused(Sent(packets, sum(burst.lengths) - HEADER_BYTES * packets))

    def past(self, unit: PacketizedUnit) -> Iterator[tuple[Template, Burst]]:
        """A picture of the past, in bursts for this viewer alone."""
        assert self._start is not None  # noqa: S101 entered before anything is sent
        template = lay_out(unit, self.group, self._start.timestamp_of(unit))
        return ((template, burst) for burst in template.bursts)

    def sequence_before(self, sequence: int) -> int:
        """The publication's number of a packet that the viewer names by its own."""
        return (sequence - self.group.sequence_offset) & 0xFFFF

    def repeat(self, unit: PacketizedUnit, sequence: int, now_s: float) -> None:
        """Send one packet of a picture again, if it was sent and not too many are asked for."""
        start = self._start
        if start is None or unit.number < start.first_number or not self._repeats.take(now_s):
            self.counters.unknown_repeats += 1
            return
        index = (self.sequence_before(sequence) - unit.first_sequence) & 0xFFFF
        packet = packet_of(unit, index, self.group, start.timestamp_of(unit))
        size = len(packet) + self.group.tag_bytes
        burst = Burst(start=0, end=size, stride=size, lengths=(len(packet),))
        layout = packet + bytes(self.group.tag_bytes)
        alone = Template(layout=layout, bursts=(burst,), packets=1, payload_bytes=len(packet))
        if self._send(alone, burst):
            self.counters.repeated_packets += 1

    def note(self, report: ReceptionReport, middle_ntp: int, now_s: float) -> None:
        """Remember how the stream arrives, and decide how much of it to send.

        Args:
            report: The viewer's.
            middle_ntp: The present NTP time, its middle 32 bits.
            now_s: The present.
        """
        if self._thinning.note(report.fraction_lost, now_s):
            self.counters.thinnings += self._thinning.is_thinned
            change = self.is_to_be_thinned
            (change.set if self._thinning.is_thinned else change.clear)()
        self.counters.fraction_lost = report.fraction_lost
        if report.last_sender_report:
            ticks = (middle_ntp - report.last_sender_report - report.delay) & 0xFFFFFFFF
            if ticks < 2**31:
                self.counters.round_trip_s = ticks / 65536

    def _send(self, template: Template, burst: Burst) -> bool:
        way = self.egress
        if way.port is None:
            return False
        return not self._desk.send(way.port, template, burst, (way,), way.packed)
