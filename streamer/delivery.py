"""One viewer's way through a publication: up to the present, live, apart, and live again."""

import asyncio
from collections.abc import Callable

from core.clock import Clock
from streamer.pace import Pace
from streamer.publication import Publication
from streamer.thinning import Share
from streamer.unit_ring import PacketizedUnit
from streamer.viewer import Start, Viewer

CATCH_UP_BPS = 32_000_000
"""How fast the past is sent to a new viewer."""
CATCH_UP_AGAIN = 4
"""How many times as fast as live it is sent to one who lost the picture: its link has trouble."""
THINNED_BPS = 200_000
"""How fast a keyframe is sent over a link that does not carry the stream."""


class Delivery:
    """Sends a viewer as much of a publication as its link carries.

    Args:
        publication: What it watches.
        viewer: Who.
        clock: For the pace.
        on_first: Called once, when the first media is about to be sent.
    """

    def __init__(
        self,
        publication: Publication,
        viewer: Viewer,
        clock: Clock,
        on_first: Callable[[], None] = lambda: None,
    ) -> None:
        self._publication = publication
        self._viewer = viewer
        self._clock = clock
        self._on_first = on_first
        self._has_begun = False

    async def run(self) -> None:
        """Send until cancelled.

        The viewer is brought from the last keyframe to the present, and then it is live. While
        it is thinned it gets keyframes only, slowly, and from one of them it goes on as a new
        one. Whoever lost the picture beyond repair begins anew in the same way.
        """
        viewer, publication = self._viewer, self._publication
        try:
            while True:
                publication.stand_apart(viewer, Share.WHOLE)
                await self._bring_to_present()
                viewer.begins_anew = False  # whoever asked meanwhile has been given it
                publication.go_live(viewer)
                while viewer.share is Share.WHOLE and not viewer.begins_anew:
                    await viewer.wait_changed()
                self._stop_live()
                await self._send_keyframes()
        finally:
            publication.leave(viewer)

    async def _bring_to_present(self) -> None:
        """Waits for a keyframe where none is kept."""
        number = await self._enter()
        if not self._has_begun:
            self._on_first()
        pace = Pace(self._catch_up_bps(), self._clock.monotonic_s())
        while number < self._publication.present:
            number = await self._send_past(number, pace)
        self._has_begun = True

    def _catch_up_bps(self) -> float:
        if not self._has_begun:
            return CATCH_UP_BPS
        return min(CATCH_UP_BPS, max(THINNED_BPS, CATCH_UP_AGAIN * self._publication.bitrate_bps()))

    async def _enter(self) -> int:
        ring = self._publication.ring
        while (unit := ring.from_keyframe()) is None:
            if self._publication.ask_keyframe is not None:
                self._publication.ask_keyframe()
            await self._changed()
        newest = ring.newest or unit
        start = Start(
            first_number=unit.number,
            present_number=newest.number,
            present_timestamp=newest.timestamp,
            is_first=not self._has_begun,
        )
        self._viewer.go_on_from(unit, start)
        return unit.number

    async def _send_past(self, number: int, pace: Pace) -> int:
        ring = self._publication.ring
        unit = ring.at(number)
        if unit is None:
            # It fell out of the ring while it was sent: on from the next keyframe, or now.
            ahead = ring.from_keyframe() or ring.newest
            return self._publication.present if ahead is None else max(number + 1, ahead.number)
        for template, burst in self._viewer.past(unit):
            self._viewer.send(template, burst)
            ahead_s = pace.after(burst.end - burst.start, self._clock.monotonic_s())
            if ahead_s > 0:
                await asyncio.sleep(ahead_s)
        return number + 1

    def _stop_live(self) -> None:
        self._publication.stand_apart(self._viewer, self._viewer.share)
        last = self._publication.ring.at(self._publication.present - 1)
        if last is not None:
            self._viewer.note_sent(last)

    async def _send_keyframes(self) -> None:
        sent: int | None = None
        while self._viewer.share is Share.KEYFRAMES:
            unit = self._publication.ring.from_keyframe()
            if unit is None or unit.number == sent:
                await self._changed()
                continue
            sent = unit.number
            await self._send_slowly(unit)

    async def _send_slowly(self, unit: PacketizedUnit) -> None:
        self._viewer.go_on_from(unit, None)
        for template, burst in self._viewer.past(unit):
            self._viewer.send(template, burst)
            await asyncio.sleep((burst.end - burst.start) * 8 / THINNED_BPS)
        self._viewer.note_sent(unit)

    async def _changed(self) -> None:
        # Polled: pictures come a few times a second, and few viewers are here.
        await asyncio.sleep(0.1)
