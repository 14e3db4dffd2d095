"""One live stream of a camera on this node: packetized once, sent to all who watch."""

import asyncio
from collections.abc import Callable
from secrets import randbelow

from core.clock import Clock
from core.live_stream import LiveStream, StreamKey
from streamer.bitrate import Bitrate
from streamer.cohort import Cohort
from streamer.egress import SendDesk
from streamer.outgoing_clock import OutgoingClock
from streamer.rtp.access_unit import SPS, AccessUnit, nal_type
from streamer.sdp.h264 import profile_of
from streamer.template import Group, lay_out
from streamer.thinning import Share
from streamer.udp.port import UdpPort
from streamer.unit_ring import PacketizedUnit, UnitRing
from streamer.viewer import Viewer

BURST_PAUSE_S = 0.002
"""Between two bursts of a picture: 16 packets in 2 ms are 77 Mbit/s."""

SILENT_S = 2.0
"""Without a picture for so long, a camera is away: longer than the slowest one's pause."""


class Publication:
    """Keeps the last GOP, and sends each picture to every viewer.

    It outlives its publisher's sessions: when a station comes back, the viewers that waited
    go on with the same stream.

    Args:
        key: Whose picture it is.
        clock: For arrival times.
        desk: The loop's, for what all viewers are sent.
    """

    def __init__(self, key: StreamKey, clock: Clock, desk: SendDesk) -> None:
        self.key = key
        self.since_utc, self.since_s = clock.utc(), clock.monotonic_s()
        self.ssrc = 1 + randbelow(2**32 - 2)
        self.repeats_ssrc = self.ssrc + 1
        self.last_unit_s: float | None = None
        self.profile: str | None = None
        self.units_total = 0
        self.bytes_total = 0
        self.ended = asyncio.Event()
        """Set when it is over, and its viewers have to leave."""
        self.ask_keyframe: Callable[[], None] | None = None
        """Reaches the publisher, while there is one."""
        self._clock = clock
        self._desk = desk
        self._outgoing = OutgoingClock()
        self._ring = UnitRing()
        self._bitrate = Bitrate()
        self._next_sequence = randbelow(0x4000)
        self._cursor = 0
        self._before: PacketizedUnit | None = None
        self._arrived = asyncio.Event()
        self._is_sending = self._are_leaving = False
        self._pauses = asyncio.Event()
        self._live: dict[Viewer, Cohort | None] = {}
        self._entering: list[Viewer] = []
        self._cohorts: dict[tuple[Group, UdpPort], Cohort] = {}
        self._apart: dict[Viewer, Share] = {}

    @property
    def is_ready(self) -> bool:
        """Whether a viewer could start now: someone publishes, and pictures come."""
        return self.ask_keyframe is not None and self.profile is not None and not self.is_silent

    @property
    def is_silent(self) -> bool:
        """Whether pictures have stopped: nobody is given those that are kept.

        They would move on the screen, and be taken for the present.
        """
        last_s = self.last_unit_s
        return last_s is None or self._clock.monotonic_s() - last_s > SILENT_S

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        """Those that are sent pictures."""
        return (*self._live, *self._apart)

    @property
    def thinned_viewers(self) -> int:
        """Those of them that get less than the whole stream."""
        if self.key.stream is LiveStream.SMALLER:
            return len(self.viewers)
        return sum(share is not Share.WHOLE for share in self._apart.values())

    def begin_anew(self) -> None:
        """The next picture comes from a new session of the publisher."""
        self._outgoing.begin_anew()

    def accept(self, unit: AccessUnit) -> None:
        """Take the next picture from the publisher. Returns at once."""
        now_s = self._clock.monotonic_s()
        ready = PacketizedUnit(
            number=self.units_total,
            first_sequence=self._next_sequence,
            timestamp=self._outgoing.map(unit.timestamp, now_s),
            nals=unit.nals,
            is_keyframe=unit.is_keyframe,
        )
        if unit.is_keyframe:
            self.profile = _profile(unit)
        self._ring.push(ready)
        self._next_sequence += ready.packet_count
        self.units_total += 1
        self.bytes_total += ready.size_bytes
        self._bitrate.add(ready.size_bytes, now_s)
        self.last_unit_s = now_s
        if self._live:
            self._arrived.set()
        else:
            self._cursor, self._before = self.units_total, ready

    async def run(self) -> None:
        """Send pictures to those who watch, until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while (unit := self._next_unit()) is not None:
                await self._send_to_live(unit)

    @property
    def ring(self) -> UnitRing:
        """Its newest pictures."""
        return self._ring

    @property
    def present(self) -> int:
        """The number of the picture that those who are live are sent next."""
        return self._cursor

    @property
    def before_present(self) -> PacketizedUnit | None:
        """The last picture that those who are live were sent, though it may be kept no longer."""
        return self._before

    def go_live(self, viewer: Viewer) -> None:
        """Send a viewer each picture from the next one on."""
        self._apart.pop(viewer, None)
        self._live[viewer] = None
        self._entering.append(viewer)

    def stand_apart(self, viewer: Viewer, share: Share) -> None:
        """A viewer is sent to by itself, or has to wait.

        Args:
            viewer: Who.
            share: What it gets meanwhile.
        """
        self._part(viewer, self._live.pop(viewer, None))
        self._apart[viewer] = share

    async def picture_over(self) -> None:
        """Wait until no picture is in the middle of being sent to those who are live.

        Whoever leaves then has got the last one whole, as its numbers say.
        """
        while self._is_sending:
            self._pauses.clear()
            self._are_leaving = True
            await self._pauses.wait()

    def leave(self, viewer: Viewer) -> None:
        """Send a viewer nothing more."""
        self._part(viewer, self._live.pop(viewer, None))
        self._apart.pop(viewer, None)

    def follow_path(self, viewer: Viewer) -> None:
        """The viewer's address may have changed: send to where it is now."""
        if viewer.follow_path() and viewer in self._live:
            self._part(viewer, self._live[viewer])
            self._live[viewer] = None
            self._entering.append(viewer)

    def repeat(self, viewer: Viewer, sequences: tuple[int, ...]) -> None:
        """Send a viewer again what it did not get, as far as it is kept."""
        now_s = self._clock.monotonic_s()
        for index, sequence in enumerate(sequences):
            if not viewer.may_ask(now_s):
                viewer.counters.unknown_repeats += len(sequences) - index
                return
            unit = self._ring.with_sequence(viewer.sequence_before(sequence))
            if unit is None:
                viewer.counters.unknown_repeats += 1
            else:
                viewer.repeat(unit, sequence, now_s)

    def sequence_shift(self) -> int:
        """For a viewer that comes now: keeps its first number in the lower half of the range.

        A number that wraps before the peer has seen it would put the peer's SRTP rollover
        counter behind ours for good.
        """
        unit = self._ring.from_keyframe() or self._ring.newest
        first = self._next_sequence if unit is None else unit.first_sequence
        return 0x8000 if first & 0x8000 else 0

    def timestamp_at(self, now_s: float) -> int:
        """The outgoing timestamp that belongs to an instant, for sender reports."""
        newest = self._ring.newest
        if newest is None or self.last_unit_s is None:
            return 0
        return newest.timestamp + int((now_s - self.last_unit_s) * 90_000)

    def bitrate_bps(self) -> int:
        """What the publisher sends, over the last seconds."""
        return self._bitrate.bits_per_s(self._clock.monotonic_s())

    def _next_unit(self) -> PacketizedUnit | None:
        newest = self._ring.newest
        if newest is None or self._cursor > newest.number:
            return None
        unit = self._ring.at(self._cursor)
        if unit is None:
            # Bounds of the ring were reached before this loop came round: go on with the newest.
            unit = newest
        self._cursor, self._before = unit.number + 1, unit
        return unit

    async def _send_to_live(self, unit: PacketizedUnit) -> None:
        self._let_in()
        self._is_sending = True
        try:
            await self._send_bursts(unit)
        finally:
            self._is_sending = False
            self._pauses.set()
        if self._are_leaving:
            self._are_leaving = False
            await asyncio.sleep(0)  # let them, before the next picture begins

    async def _send_bursts(self, unit: PacketizedUnit) -> None:
        cohorts = tuple(self._cohorts.values())
        templates = {group: lay_out(unit, group) for group in {c.group for c in cohorts}}
        last = max((len(t.bursts) for t in templates.values()), default=0) - 1
        for index in range(last + 1):
            for cohort in cohorts:
                template = templates[cohort.group]
                cohort.send(template, template.bursts[index])
            if index < last:
                await asyncio.sleep(BURST_PAUSE_S)

    def _let_in(self) -> None:
        """Between two pictures: who enters within one would get a part of it twice."""
        entering, self._entering = self._entering, []
        for viewer in entering:
            if viewer in self._live and self._live[viewer] is None:
                self._live[viewer] = self._joined(viewer)

    def _joined(self, viewer: Viewer) -> Cohort | None:
        port = viewer.egress.port
        if port is None:
            return None
        key = (viewer.group, port)
        cohort = self._cohorts.setdefault(key, Cohort(port, viewer.group, self._desk))
        cohort.add(viewer)
        return cohort

    def _part(self, viewer: Viewer, cohort: Cohort | None) -> None:
        if cohort is None:
            return
        cohort.remove(viewer)
        if not cohort:
            self._cohorts = {key: c for key, c in self._cohorts.items() if c is not cohort}


def _profile(unit: AccessUnit) -> str:
    sps = next(nal for nal in unit.nals if nal_type(nal) == SPS)
    return profile_of(sps[1:4].hex())
