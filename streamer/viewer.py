"""One viewer of a camera: what it is sent, and what it says of it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from streamer.egress import Egress, SendDesk
from streamer.limits import TokenBucket
from streamer.link import Link
from streamer.repeats import Condition, Repeats
from streamer.rtp.packet import HEADER_BYTES
from streamer.rtp.retransmission import Retransmission
from streamer.rtp.rtcp import ReceptionReport
from streamer.shift import Shift
from streamer.start import Start
from streamer.template import Burst, Group, Template, lay_out, packet_of
from streamer.thinning import Arrival, Share, Thinning
from streamer.unit_ring import PacketizedUnit

ANEW_EVERY_S = 1.0
ANEW_PER_S = 0.2
ANEW_AT_ONCE = 4.0
"""A client that asks for keyframes all the time costs a few GOPs, and then waits for the next."""
LONGEST_ROUND_TRIP_S = 30.0
"""More than that is no answer of this link: the clock was set meanwhile, or the viewer errs."""


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
        first_shift: Of its numbers, before it was left out of anything.
        desk: The loop's.
        retransmission: Where lost packets are repeated; None: in the stream itself.
    """

    def __init__(
        self,
        link: Link,
        group: Group,
        desk: SendDesk,
        first_shift: Shift,
        retransmission: Retransmission | None = None,
    ) -> None:
        self.group = group
        self.counters = ViewerCounters()
        self.shift = first_shift
        self.egress = Egress(link, first_shift)
        self.sent_with_others: Callable[[], Sent] | None = None
        """How much its cohort has sent it."""
        self._link = link
        self._desk = desk
        self._alone = Sent()
        self.begins_anew = False
        """Whether it has lost the picture beyond repair."""
        self._changed = asyncio.Event()
        self._thinning = Thinning()
        self._asked_anew_s: float | None = None
        self._begins = TokenBucket(rate_per_s=ANEW_PER_S, burst=ANEW_AT_ONCE)
        self._start: Start | None = None
        self._next_sequence: int | None = None
        self.last_timestamp: int | None = None
        """Of the last picture before it was stopped, as it got it."""
        self._repeats = Repeats(link, desk, group.tag_bytes, retransmission)

    @property
    def share(self) -> Share:
        """How much of the stream its link carries."""
        return self._thinning.share

    async def wait_changed(self) -> None:
        """Wait until its share or `begins_anew` may be another."""
        await self._changed.wait()
        self._changed.clear()

    def lose_picture(self, now_s: float) -> bool:
        """Its decoder waits for a keyframe: begin anew from the last one, not too often.

        False: it was not long ago, or many begin anew just now. The next keyframe comes anyway.
        """
        asked_s = self._asked_anew_s
        if asked_s is not None and now_s - asked_s < ANEW_EVERY_S:
            return False
        if not self._begins.take(now_s):
            return False
        self._asked_anew_s = now_s
        if not self._desk.begins.take(now_s):
            self._begins.give_back()
            return False
        self.begins_anew = True
        self._changed.set()
        return True

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
        self.egress = Egress(self._link, self.shift)
        self._repeats.follow_path()
        return (was.port, was.address) != (self.egress.port, self.egress.address)

    def go_on_from(self, unit: PacketizedUnit, start: Start) -> None:
        """Begin, or go on, at a picture: what was left out shows in no sequence number.

        Args:
            unit: The next picture it is sent.
            start: Where it enters the publication.
        """
        if self._next_sequence is not None:
            self._set_shift(sequence=self._next_sequence - unit.first_sequence)
        self._start = start

    def change_stream(self, ticks_ahead: int) -> None:
        """What it is sent next is of another publication, with another clock.

        Until `go_on_from` it has been sent nothing of it, so nothing is repeated.
        """
        self._start = None
        self._set_shift(timestamp=ticks_ahead)

    def note_begun(self, now_s: float) -> None:
        """The share that was decided on is sent from now on."""
        self._thinning.note_begun(now_s)

    def note_sent(self, unit: PacketizedUnit) -> None:
        """The last picture before some are left out."""
        after = unit.first_sequence + unit.packet_count
        self._next_sequence = after + self.shift.sequence
        assert self._start is not None  # noqa: S101 entered before anything is sent
        self.last_timestamp = self._start.timestamp_of(unit) + self.shift.timestamp

    def send(self, template: Template, burst: Burst) -> None:
        """Send a burst to this viewer alone.

        What the kernel refuses is counted and lost: the viewer will ask for it.
        """
        packets = len(burst.lengths)
        self._alone += Sent(packets, sum(burst.lengths) - HEADER_BYTES * packets)
        if not self._desk.send_to(self.egress, template, burst):
            self.note_refused(Sent(packets, sum(burst.lengths) - HEADER_BYTES * packets))

    def past(self, unit: PacketizedUnit) -> Iterator[tuple[Template, Burst]]:
        """A picture of the past, in bursts for this viewer alone."""
        assert self._start is not None  # noqa: S101 entered before anything is sent
        template = lay_out(unit, self.group, self._start.timestamp_of(unit))
        return ((template, burst) for burst in template.bursts)

    def sequence_before(self, sequence: int) -> int:
        """The publication's number of a packet that the viewer names by its own."""
        return (sequence - self.shift.sequence) & 0xFFFF

    def may_ask(self, now_s: float) -> bool:
        """Count a packet that it asks for; false: they are too many."""
        return self._repeats.may(self._condition, now_s)

    def repeat(self, unit: PacketizedUnit, sequence: int, now_s: float) -> None:
        """Send one packet of a picture again, if it was sent."""
        start, condition = self._start, self._condition
        if start is None or unit.number < start.first_number:
            self.counters.unknown_repeats += 1
            return
        index = (self.sequence_before(sequence) - unit.first_sequence) & 0xFFFF
        laid_out = packet_of(unit, index, self.group, start.timestamp_of(unit))
        if self._repeats.send(self.shift.applied_to(laid_out), condition, now_s):
            self.counters.repeated_packets += 1

    @property
    def _condition(self) -> Condition:
        thinning, round_trip_s = self._thinning, self.counters.round_trip_s
        return Condition(loss=thinning.loss, lately=thinning.lately, round_trip_s=round_trip_s)

    def note(
        self,
        report: ReceptionReport,
        *,
        middle_ntp: int,
        whole_bps: int,
        offered: Sequence[Share],
        now_s: float,
    ) -> None:
        """Remember how the stream arrives, and decide how much of it to send.

        Args:
            report: The viewer's.
            middle_ntp: The present NTP time, its middle 32 bits.
            whole_bps: What the whole stream takes.
            offered: What there is to be sent, from the most to the least.
            now_s: The present.
        """
        round_trip_s = _round_trip_s(report, middle_ntp)
        arrival = Arrival(
            lost_total=report.lost_total,
            highest_sequence=report.highest_sequence,
            round_trip_s=round_trip_s,
        )
        was = self._thinning.share
        if self._thinning.note(arrival, whole_bps, offered, now_s):
            self.counters.thinnings += was is Share.WHOLE
            self._changed.set()
        self.counters.fraction_lost = self._thinning.loss
        if round_trip_s is not None:
            self.counters.round_trip_s = round_trip_s

    def note_estimate(self, bits_per_s: int, now_s: float) -> None:
        """Remember what it believes its link to carry."""
        self._thinning.note_estimate(bits_per_s, now_s)

    def _set_shift(self, **changes: int) -> None:
        self.shift = replace(self.shift, **changes)
        self.egress = Egress(self._link, self.shift)


def _round_trip_s(report: ReceptionReport, middle_ntp: int) -> float | None:
    if not report.last_sender_report:
        return None
    ticks = (middle_ntp - report.last_sender_report - report.delay) & 0xFFFFFFFF
    return ticks / 65536 if ticks <= LONGEST_ROUND_TRIP_S * 65536 else None
