"""Waits as `Pace` says."""

import asyncio
from contextlib import suppress

from core.clock import Clock
from recorder.uplink.pace import Pace


class Throttle:
    """The station's one cap on footage, for one event loop.

    Args:
        max_kbps: As of `Pace`.
        clock: Its monotonic time counts.
    """

    def __init__(self, max_kbps: int | None, clock: Clock) -> None:
        self.pace = Pace(max_kbps, clock.monotonic_s())
        self._clock = clock
        self._changed = asyncio.Event()

    def set_cap(self, max_kbps: int | None) -> None:
        """Change the cap; who waits under the old one waits by the new one."""
        self.pace.set_cap(max_kbps, self._clock.monotonic_s())
        self._changed.set()

    def spend(self, size_bytes: int) -> None:
        """Note what goes without waiting, as entries do."""
        self.pace.spend(size_bytes, self._clock.monotonic_s())

    async def turn(self, size_bytes: int) -> None:
        """Return when so many bytes may go."""
        while (wait_s := self.pace.wait_s(self._clock.monotonic_s())) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
        self.spend(size_bytes)
