"""A publisher's stream: packets in, pictures and requests out. Pure: time comes in."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType

from streamer.native import native
from streamer.rtp.access_unit import AccessUnit
from streamer.rtp.depacketizer import Depacketizer
from streamer.rtp.gathering import gather
from streamer.rtp.packet import CLOCK_HZ, RtpPacket, read_rtp
from streamer.rtp.reorder import Lost, Reorder
from streamer.rtp.rtcp import Reception, SenderReport

ASK_KEYFRAME_AGAIN_S = 1.0
_CALM = 15 / 16


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPlan:
    """The payload types that the publisher was answered with."""

    payload_type: int
    retransmission_type: int | None


class IngestStream:
    """Turns what one publisher sends into pictures.

    Args:
        plan: What the answer agreed on; other payload types are thrown away.
        loop: The inner loop in C; None does it in Python.
    """

    def __init__(self, plan: IngestPlan, loop: ModuleType | None = native) -> None:
        self._plan = plan
        self._loop = loop
        self._reorder = Reorder()
        self._depacketizer = Depacketizer()
        self.media_ssrc: int | None = None
        self.packets_total = 0
        self.bytes_total = 0
        self.malformed_total = 0
        self._asked_keyframe_s: float | None = None
        self._report: tuple[int, float] = (0, 0.0)
        self._transit: int | None = None
        self._jitter = 0.0
        self._reported = (0, 0)

    @property
    def lost_total(self) -> int:
        """Packets that never came, asked for or not."""
        return self._reorder.lost_total

    @property
    def dropped_total(self) -> int:
        """Pictures that were not passed on."""
        return self._depacketizer.dropped_total

    def feed(self, packets: list[bytes], now_s: float) -> list[AccessUnit]:
        """Take packets as they came and give the pictures that are now whole."""
        whole: list[AccessUnit] = []
        at = 0
        for packet in gather(packets, self._plan.payload_type, self._loop):
            count = 1 if packet is None else packet.packets
            if packet is None:
                self.malformed_total += 1
            elif self._goes_on_with(packet):
                whole += self._pass_by(packet, now_s)
            elif count == 1:
                whole += self._take(packet, now_s)
            else:  # of those that were joined, some may have come before
                for one in packets[at : at + count]:
                    whole += self._take(read_rtp(one), now_s)
            at += count
        return whole

    def to_ask(self, now_s: float) -> tuple[int, ...]:
        """Sequence numbers to ask the publisher for now."""
        return self._reorder.to_ask(now_s)

    def wants_keyframe(self, now_s: float, *, is_viewer_asking: bool = False) -> bool:
        """Whether to ask the publisher for a keyframe now; true at most once in a while."""
        if not (is_viewer_asking or self._depacketizer.needs_keyframe):
            return False
        asked_s = self._asked_keyframe_s
        if asked_s is not None and now_s - asked_s < ASK_KEYFRAME_AGAIN_S:
            return False
        self._asked_keyframe_s = now_s
        return True

    def note_sender_report(self, report: SenderReport, now_s: float) -> None:
        """Remember the publisher's clock, for it to measure the way there and back."""
        self._report = (report.ntp >> 16 & 0xFFFFFFFF, now_s)

    def reception(self, now_s: float) -> Reception | None:
        """What to tell the publisher; None before its first packet."""
        if self.media_ssrc is None:
            return None
        lost, expected = self.lost_total, self.packets_total + self.lost_total
        new_lost, new_expected = lost - self._reported[0], expected - self._reported[1]
        self._reported = (lost, expected)
        middle, heard_s = self._report
        return Reception(
            media_ssrc=self.media_ssrc,
            fraction_lost=new_lost / new_expected if new_expected else 0.0,
            lost_total=lost,
            highest_sequence=self._reorder.highest_sequence,
            jitter=int(self._jitter),
            last_sender_report=middle,
            delay=int((now_s - heard_s) * 65536) if middle else 0,
        )

    def _goes_on_with(self, packet: RtpPacket) -> bool:
        return (
            packet.ssrc == self.media_ssrc
            and packet.payload_type == self._plan.payload_type
            and self._reorder.is_next(packet.sequence)
        )

    def _pass_by(self, packet: RtpPacket, now_s: float) -> Iterable[AccessUnit]:
        """Take what goes on where the last one ended, joined or not: nearly every packet."""
        self._count(packet, now_s)
        self._reorder.pass_by(packet)
        return self._depacketizer.feed(packet)

    def _take(self, packet: RtpPacket, now_s: float) -> Iterable[AccessUnit]:
        known = self._known(packet)
        if known is None:
            return ()
        self._count(known, now_s)
        steps = self._reorder.add(known, now_s)
        return [unit for step in steps for unit in self._after(step)]

    def _after(self, step: RtpPacket | Lost) -> Iterable[AccessUnit]:
        if isinstance(step, Lost):
            self._depacketizer.note_loss()
            return ()
        return self._depacketizer.feed(step)

    def _known(self, packet: RtpPacket) -> RtpPacket | None:
        """What the plan says of it: the packet, the one that it repeats, or None."""
        if packet.payload_type == self._plan.retransmission_type:
            return self._repeated(packet)
        if packet.payload_type != self._plan.payload_type:
            return None
        if packet.ssrc != self.media_ssrc:
            self._begin(packet.ssrc)
        return packet

    def _begin(self, ssrc: int) -> None:
        """A new SSRC is a new stream: its numbers have nothing to do with the old ones."""
        if self.media_ssrc is not None:
            self._reorder = Reorder()
            self._depacketizer.note_loss()
        self.media_ssrc = ssrc

    def _repeated(self, packet: RtpPacket) -> RtpPacket | None:
        # RFC 4588 section 4: the original number goes before the original payload. Senders
        # also probe with empty ones.
        if len(packet.payload) < 3 or self.media_ssrc is None:
            return None
        return RtpPacket(
            payload_type=self._plan.payload_type,
            sequence=int.from_bytes(packet.payload[:2], "big"),
            timestamp=packet.timestamp,
            ssrc=self.media_ssrc,
            is_marked=packet.is_marked,
            payload=packet.payload[2:],
        )

    def _count(self, packet: RtpPacket, now_s: float) -> None:
        """Totals, and interarrival jitter. Source: RFC 3550 section 6.4.1."""
        self.packets_total += packet.packets
        self.bytes_total += len(packet.payload)
        transit = int(now_s * CLOCK_HZ) - packet.timestamp
        if self._transit is not None:
            change = ((transit - self._transit + 2**31) & 0xFFFFFFFF) - 2**31
            self._jitter += (abs(change) - self._jitter) * (1 - _CALM)
        self._jitter *= _CALM ** (packet.packets - 1)  # those joined to it came with it
        self._transit = transit
