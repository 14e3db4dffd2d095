"""One camera's live stream on this node: packetized once, sent to all who watch."""

import asyncio
from collections.abc import Callable
from secrets import randbelow
from uuid import UUID

from core.clock import Clock
from streamer.bitrate import Bitrate
from streamer.cohort import Cohort
from streamer.egress import SendDesk
from streamer.outgoing_clock import OutgoingClock
from streamer.pace import Pace
from streamer.rtp.access_unit import SPS, AccessUnit, nal_type
from streamer.sdp.h264 import profile_of
from streamer.template import Group, lay_out
from streamer.udp.port import UdpPort
from streamer.unit_ring import PacketizedUnit, UnitRing
from streamer.viewer import Start, Viewer

BURST_PAUSE_S = 0.002
"""Between two bursts of a picture: 16 packets in 2 ms are 77 Mbit/s."""
CATCH_UP_BPS = 32_000_000
"""How fast the past is sent to a new viewer."""
THINNED_BPS = 200_000
"""How fast a keyframe is sent over a link that does not carry the stream."""


class Publication:
    """Keeps the last GOP, and sends each picture to every viewer.

    It outlives its publisher's sessions: when a station comes back, the viewers that waited
    go on with the same stream.

    Args:
        camera_id: Whose picture it is.
        clock: For arrival times.
        desk: The loop's, for what all viewers are sent.
    """

    def __init__(self, camera_id: UUID, clock: Clock, desk: SendDesk) -> None:
        self.camera_id = camera_id
        self.since_utc = clock.utc()
        self.ssrc = 1 + randbelow(2**32 - 1)
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
        self._arrived = asyncio.Event()
        self._live: dict[Viewer, Cohort | None] = {}
        self._entering: list[Viewer] = []
        self._cohorts: dict[tuple[Group, UdpPort], Cohort] = {}
        self._joining: set[Viewer] = set()
        self._thinned: set[Viewer] = set()

    @property
    def is_ready(self) -> bool:
        """Whether a viewer could start now: someone publishes, and a keyframe has come."""
        return self.ask_keyframe is not None and self.profile is not None

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        """Those that are sent pictures."""
        return (*self._live, *self._joining, *self._thinned)

    @property
    def thinned_viewers(self) -> int:
        """Those of them that get keyframes only."""
        return len(self._thinned)

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
            self._cursor = self.units_total

    async def run(self) -> None:
        """Send pictures to those who watch, until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while (unit := self._next_unit()) is not None:
                await self._send_to_live(unit)

    async def serve(self, viewer: Viewer) -> None:
        """Send to a viewer until cancelled, as much as its link carries.

        It is brought from the last keyframe to the present, and then it is live. While it is
        thinned it gets keyframes only, slowly, and from one of them it goes on as a new one.
        """
        while True:
            await self._bring_to_present(viewer)
            await viewer.is_to_be_thinned.wait()
            self._slow_down(viewer)
            self._thinned.add(viewer)
            try:
                await self._send_keyframes(viewer)
            finally:
                self._thinned.discard(viewer)

    async def _bring_to_present(self, viewer: Viewer) -> None:
        """Waits for a keyframe where none is kept."""
        self._joining.add(viewer)
        try:
            number = await self._enter(viewer)
            pace = Pace(CATCH_UP_BPS, self._clock.monotonic_s())
            while number < self._cursor:
                number = await self._send_past(viewer, number, pace)
            self._live[viewer] = None
            self._entering.append(viewer)
        finally:
            self._joining.discard(viewer)

    def leave(self, viewer: Viewer) -> None:
        """Send a viewer nothing more."""
        self._part(viewer, self._live.pop(viewer, None))
        self._joining.discard(viewer)

    def follow_path(self, viewer: Viewer) -> None:
        """The viewer's address may have changed: send to where it is now."""
        if viewer.follow_path() and viewer in self._live:
            self._part(viewer, self._live[viewer])
            self._live[viewer] = None
            self._entering.append(viewer)

    def repeat(self, viewer: Viewer, sequences: tuple[int, ...]) -> None:
        """Send a viewer again what it did not get, as far as it is kept."""
        now_s = self._clock.monotonic_s()
        for sequence in sequences:
            unit = self._ring.with_sequence(viewer.sequence_before(sequence))
            if unit is None:
                viewer.counters.unknown_repeats += 1
            else:
                viewer.repeat(unit, sequence, now_s)

    def sequence_offset(self) -> int:
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
        self._cursor = unit.number + 1
        return unit

    async def _send_to_live(self, unit: PacketizedUnit) -> None:
        self._let_in()
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

    async def _enter(self, viewer: Viewer) -> int:
        while (unit := self._ring.from_keyframe()) is None:
            if self.ask_keyframe is not None:
                self.ask_keyframe()
            await self._changed()
        newest = self._ring.newest or unit
        start = Start(
            first_number=unit.number,
            present_number=newest.number,
            present_timestamp=newest.timestamp,
        )
        viewer.go_on_from(unit, start)
        return unit.number

    async def _send_past(self, viewer: Viewer, number: int, pace: Pace) -> int:
        unit = self._ring.at(number)
        if unit is None:
            # It fell out of the ring while it was sent: on from the next keyframe, or now.
            ahead = self._ring.from_keyframe() or self._ring.newest
            return self._cursor if ahead is None else max(number + 1, ahead.number)
        for template, burst in viewer.past(unit):
            viewer.send(template, burst)
            ahead_s = pace.after(burst.end - burst.start, self._clock.monotonic_s())
            if ahead_s > 0:
                await asyncio.sleep(ahead_s)
        return number + 1

    def _slow_down(self, viewer: Viewer) -> None:
        self._part(viewer, self._live.pop(viewer, None))
        last = self._ring.at(self._cursor - 1)
        if last is not None:
            viewer.note_sent(last)

    async def _send_keyframes(self, viewer: Viewer) -> None:
        sent: int | None = None
        while viewer.is_to_be_thinned.is_set():
            unit = self._ring.from_keyframe()
            if unit is None or unit.number == sent:
                await self._changed()
                continue
            sent = unit.number
            viewer.go_on_from(unit, None)
            for template, burst in viewer.past(unit):
                viewer.send(template, burst)
                await asyncio.sleep((burst.end - burst.start) * 8 / THINNED_BPS)
            viewer.note_sent(unit)

    async def _changed(self) -> None:
        # Polled: it happens only where a GOP is too large to be kept.
        await asyncio.sleep(0.1)


def _profile(unit: AccessUnit) -> str:
    sps = next(nal for nal in unit.nals if nal_type(nal) == SPS)
    return profile_of(sps[1:4].hex())
