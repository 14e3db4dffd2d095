"""One viewer's way through a camera's streams: up to the present, live, apart, and live again."""

import asyncio
from collections.abc import Callable

from core.clock import Clock
from streamer.pace import Pace
from streamer.publication import BURST_PAUSE_S, Publication
from streamer.start import Start
from streamer.thinning import Share
from streamer.unit_ring import PacketizedUnit
from streamer.viewer import Viewer

CATCH_UP_BPS = 32_000_000
"""How fast the past is sent to a new viewer."""
CATCH_UP_AGAIN = 4
"""How many times as fast as live it is sent to one who lost the picture: its link has trouble."""
KEYFRAME_WITHIN_S = 12.0
"""Longer than the GOPs of cameras."""
THINNED_BPS = 200_000
"""How fast a keyframe is sent over a link that does not carry the stream."""


class Delivery:
    """Sends a viewer as much of a camera as its link carries.

    Args:
        whole: The publication that it came for.
        find_smaller: Gives the camera's smaller stream, while there is one.
        viewer: Who.
        clock: For the pace.
        on_first: Called once, when the first media is about to be sent.
    """

    def __init__(
        self,
        whole: Publication,
        find_smaller: Callable[[], Publication | None],
        viewer: Viewer,
        clock: Clock,
        on_first: Callable[[], None] = lambda: None,
    ) -> None:
        self.publication = whole
        """The one that it is sent from now."""
        self.share = Share.WHOLE
        """What it is sent now; what it is to be sent says the viewer."""
        self.is_live = False
        """Whether it could begin anew: else it is being given a keyframe anyway."""
        self.viewer = viewer
        self._whole = whole
        self._find_smaller = find_smaller
        self._clock = clock
        self._on_first = on_first
        self._has_begun = False

    @property
    def offered(self) -> tuple[Share, ...]:
        """What there is to be sent, from the most to the least."""
        if self._smaller is None:
            return Share.WHOLE, Share.KEYFRAMES
        return Share.WHOLE, Share.SMALLER, Share.KEYFRAMES

    @property
    def _smaller(self) -> Publication | None:
        """The one it is on stays one while somebody publishes, though no picture may come."""
        mine = self.publication
        has_publisher = mine is not self._whole and mine.ask_keyframe is not None
        return mine if has_publisher else self._find_smaller()

    async def run(self) -> None:
        """Send until cancelled.

        The viewer is brought from the last keyframe to the present, and then it is live. Where its
        link does not carry that, it is sent the smaller stream in its place, or keyframes only,
        slowly; from one of them it goes on as a new one. Whoever lost the picture beyond
        repair begins anew in the same way.
        """
        try:
            while True:
                before, self.share = self.share, self._due
                self._turn_to(self.share)
                if self.share is Share.KEYFRAMES:
                    await self._send_keyframes()
                else:
                    await self._send_all(is_new=self.share is not before)
        finally:
            self.publication.leave(self.viewer)

    def _turn_to(self, share: Share) -> None:
        """Stand apart in the publication that has this share."""
        smaller = None if share is Share.WHOLE else self._smaller
        chosen = smaller or self._whole
        if chosen is not self.publication:
            self.publication.leave(self.viewer)
            self.publication = chosen
            self.viewer.change_stream(self._ticks_ahead())
        chosen.stand_apart(self.viewer, share)

    def _ticks_ahead(self) -> int:
        """From this stream's clock to the whole one's; never back in the viewer's time."""
        mine, whole, now_s = self.publication, self._whole, self._clock.monotonic_s()
        ahead = 0 if mine is whole else whole.timestamp_at(now_s) - mine.timestamp_at(now_s)
        newest, last = mine.ring.newest, self.viewer.last_timestamp
        if newest is None or last is None:
            return ahead
        return max(ahead, last - newest.timestamp)

    async def _send_all(self, *, is_new: bool) -> None:
        """Every picture of the stream that it stands in, until it is to get another."""
        if is_new and self.share is Share.SMALLER:
            await self._drain()
        if not (self._is_due() and await self._bring_to_present()):
            return
        self.viewer.begins_anew = False  # whoever asked meanwhile has been given it
        self.publication.go_live(self.viewer)
        self.is_live = True
        while self._is_due() and not self.viewer.begins_anew:
            await self.viewer.wait_changed()
        self.is_live = False
        if self.share is Share.SMALLER:
            await self._until_whole_begins()
        await self._stop_live()

    @property
    def _due(self) -> Share:
        """What it is to be sent, of what there is: a smaller stream may end at any time."""
        return self.viewer.share if self.viewer.share in self.offered else self.offered[-1]

    def _is_due(self) -> bool:
        """Whether what it is sent is what it is to be sent."""
        return self._due is self.share

    async def _bring_to_present(self) -> bool:
        """Waits for a keyframe where none is kept, and for the present where no picture comes.

        False: it is to get something else by now.
        """
        number = await self._enter()
        if number is None:
            return False
        if not self._has_begun:
            self._on_first()
        self.viewer.note_begun(self._clock.monotonic_s())
        # Those who are live have not come so far: with them it would get what was before.
        while self.publication.present < number:  # noqa: ASYNC110 a picture or two
            await asyncio.sleep(BURST_PAUSE_S)
        pace = Pace(self._catch_up_bps(), self._clock.monotonic_s())
        while number < self.publication.present:
            number = await self._send_past(number, pace)
        self._has_begun = True
        return True

    def _catch_up_bps(self) -> float:
        if not self._has_begun:
            return CATCH_UP_BPS
        return min(CATCH_UP_BPS, max(THINNED_BPS, CATCH_UP_AGAIN * self.publication.bitrate_bps()))

    async def _enter(self) -> int | None:
        while (unit := self.publication.ring.from_keyframe()) is None or self.publication.is_silent:
            if not self._is_due():
                return None
            if self.publication.ask_keyframe is not None:
                self.publication.ask_keyframe()
            await self._changed()
        self._go_on_from(unit)
        return unit.number

    def _go_on_from(self, unit: PacketizedUnit) -> None:
        newest = self.publication.ring.newest or unit
        start = Start(
            first_number=unit.number,
            present_number=newest.number,
            present_timestamp=newest.timestamp,
            is_first=not self._has_begun,
        )
        self.viewer.go_on_from(unit, start)

    async def _send_past(self, number: int, pace: Pace) -> int:
        ring = self.publication.ring
        unit = ring.at(number)
        if unit is None:
            # It fell out of the ring while it was sent: on from the next keyframe, or now.
            ahead = ring.from_keyframe() or ring.newest
            return self.publication.present if ahead is None else max(number + 1, ahead.number)
        for template, burst in self.viewer.past(unit):
            self.viewer.send(template, burst)
            ahead_s = pace.after(burst.end - burst.start, self._clock.monotonic_s())
            if ahead_s > 0:
                await asyncio.sleep(ahead_s)
        return number + 1

    async def _stop_live(self) -> None:
        await self.publication.picture_over()
        self.publication.stand_apart(self.viewer, self.viewer.share)
        last = self.publication.before_present
        if last is not None:
            self.viewer.note_sent(last)

    async def _drain(self) -> None:
        """One keyframe, and nothing more until the next: the link may empty its queue."""
        ring = self.publication.ring
        unit = ring.from_keyframe()
        if unit is None or self.publication.is_silent:
            return
        await self._send_slowly(unit)
        while ring.from_keyframe() is unit and self._is_due():
            await self._changed()

    async def _send_keyframes(self) -> None:
        sent: PacketizedUnit | None = None
        while self._is_due():
            self._turn_to(self.share)  # the smaller stream may have come or ended
            unit = self.publication.ring.from_keyframe()
            if unit is None or unit is sent or self.publication.is_silent:
                await self._changed()
                continue
            sent = unit
            await self._send_slowly(unit)
        await self._until_whole_begins()

    async def _until_whole_begins(self) -> None:
        """Who is to get the whole stream again goes over to it with its next keyframe.

        So no GOP is sent at once over a link of which nobody knows yet what it carries. A stream
        whose keyframes do not come, or whose GOPs are too large to keep, is not waited for.
        """
        ring = self._whole.ring
        was, until_s = ring.from_keyframe(), self._clock.monotonic_s() + KEYFRAME_WITHIN_S
        while self.viewer.share is Share.WHOLE and self._clock.monotonic_s() < until_s:
            unit = ring.from_keyframe()
            if unit is not None and unit is not was:
                return
            await self._changed()

    async def _send_slowly(self, unit: PacketizedUnit) -> None:
        self._go_on_from(unit)
        for template, burst in self.viewer.past(unit):
            self.viewer.send(template, burst)
            await asyncio.sleep((burst.end - burst.start) * 8 / THINNED_BPS)
        self.viewer.note_sent(unit)

    async def _changed(self) -> None:
        # Polled: pictures come a few times a second, and few viewers are here.
        await asyncio.sleep(0.1)
