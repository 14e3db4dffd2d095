"""Hears at once that somebody wants to see this station, instead of at the next heartbeat."""

import asyncio
from collections.abc import Callable
from random import Random

import structlog

from core.backoff import Backoff
from core.clock import Clock
from recorder.centre.centre import Centre, CentreError

_IDLE_S = 5.0
_ANEW_S = 1.0
_BACKOFF = Backoff(first_s=5.0, cap_s=300.0)
"""A centre that knows no such question is asked ever more rarely; heartbeats do without it."""

_log = structlog.get_logger(__name__)


class Knocks:
    """Keeps a question open at the centre while this station is live on demand.

    Args:
        centre: Whom to ask.
        is_wanted: Whether the station is live on demand now.
        on_knock: Called when somebody wants to see it.
        clock: Time.
        random: Spreads retries.
    """

    def __init__(
        self,
        centre: Centre,
        is_wanted: Callable[[], bool],
        on_knock: Callable[[], None],
        clock: Clock,
        random: Random,
    ) -> None:
        self._centre = centre
        self._is_wanted = is_wanted
        self._on_knock = on_knock
        self._clock = clock
        self._random = random
        self._failures = 0

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            if not self._is_wanted():
                await asyncio.sleep(_IDLE_S)
                continue
            await asyncio.sleep(await self._listen())

    async def _listen(self) -> float:
        """One question; returns the seconds to the next."""
        began_s = self._clock.monotonic_s()
        try:
            is_knocked = await self._centre.wait_knock()
        except CentreError as error:
            self._failures += 1
            if self._failures == 1:
                _log.info("knocks.not_heard", reason=str(error))
            return _BACKOFF.delay_s(self._failures, self._random)
        self._failures = 0
        if is_knocked:
            self._on_knock()
        lasted_s = self._clock.monotonic_s() - began_s
        # A centre that lets nobody wait now, or is knocked at all the time, is not asked at once.
        return max(0.0, (_ANEW_S if is_knocked else _IDLE_S) - lasted_s)
