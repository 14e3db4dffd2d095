"""Tells the centre how the station is, and takes what it wants."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import UUID

import structlog

from core.backoff import Backoff
from core.wire.heartbeat import HeartbeatReply, StationReport
from recorder.centre.centre import Centre, CentreError
from recorder.probe.probe import Look
from recorder.station import Station

EVERY_S = 5.0
_AT_LEAST_S = 0.5
_RETRY = Backoff(first_s=EVERY_S / 2, cap_s=15.0)
_log = structlog.get_logger(__name__)


class Heartbeat:
    """Beats every `EVERY_S`; with a centre that does not answer, politely less often.

    Args:
        station: Whose.
        centre: Where to.
        take: Told of each answer.
        random: Spreads the beats of many stations.
    """

    def __init__(
        self,
        *,
        station: Station,
        centre: Centre,
        take: Callable[[HeartbeatReply], None],
        random: Random,
    ) -> None:
        self._station = station
        self._centre = centre
        self._take = take
        self._random = random
        self._sent_stills: dict[UUID, float] = {}
        self._failures = 0
        self._hurry = asyncio.Event()
        # Its own: who else waits for a disk that hangs must not keep the centre from hearing of it.
        self._thread = ThreadPoolExecutor(1, "heartbeat")

    async def run(self) -> None:
        """Beat until cancelled."""
        delay_s = self._random.uniform(0.0, 1.0)
        while True:
            await self._pause(delay_s)
            delay_s = await self._beat()

    def hurry(self) -> None:
        """Do not wait for the next beat's time: the centre has something to say."""
        self._hurry.set()

    async def _pause(self, delay_s: float) -> None:
        await asyncio.sleep(min(delay_s, _AT_LEAST_S))  # however often somebody knocks
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, delay_s - _AT_LEAST_S)):
                await self._hurry.wait()
        self._hurry.clear()

    async def _beat(self) -> float:
        """One beat; returns the seconds to the next."""
        self._station.beat()
        try:
            reply = await self._exchange(await self._report())
        except CentreError as error:
            self._failures += 1
            if self._failures == 1:
                _log.warning("heartbeat.not_heard", reason=str(error))
            return _RETRY.delay_s(self._failures, self._random)
        if self._failures:
            _log.info("heartbeat.heard_again", after_failures=self._failures)
        self._failures = 0
        self._take(reply)
        await self._send_stills(reply)
        return EVERY_S

    async def _report(self) -> StationReport:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._station.report)

    async def _exchange(self, report: StationReport) -> HeartbeatReply:
        reply = await self._centre.heartbeat(report)
        self._station.heard()
        return reply

    async def _send_stills(self, reply: HeartbeatReply) -> None:
        looks = {camera_id: self._station.look(camera_id) for camera_id in reply.stills}
        for camera_id, look in fresh_looks(looks, self._sent_stills).items():
            age_s = max(0.0, self._station.clock.monotonic_s() - look.taken_monotonic_s)
            try:
                await self._centre.put_still(camera_id, look.jpeg, age_s)
            except CentreError as error:
                _log.warning("still.not_sent", reason=str(error))
                return
            self._sent_stills[camera_id] = look.taken_monotonic_s


def fresh_looks(looks: Mapping[UUID, Look | None], sent: Mapping[UUID, float]) -> dict[UUID, Look]:
    """Of the wanted stills, those the centre lacks; `sent` says when its own were taken."""
    return {
        camera_id: look
        for camera_id, look in looks.items()
        if look is not None and sent.get(camera_id) != look.taken_monotonic_s
    }
