"""Reads a camera's tap from asyncio: pictures that decode, in order, as they come."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from recorder.tap import AccessUnit, Tap

CAPACITY = 150
"""Pictures held for a loop that is busy: 6 s at 25 frames a second, then the oldest go."""


class TapSource(Protocol):
    """What a camera offers to who wants its pictures."""

    def tap(
        self, *, capacity: int, wake: Callable[[], None], is_keyframes_only: bool = False
    ) -> Tap:
        """Open a tap; see `recorder.tap.Tap`."""
        ...


class TapReader:
    """Gives pictures from a keyframe on; after a hole, from the next keyframe on.

    Opened and read in one event loop. The camera's thread is never made to wait, and never
    sees an error of ours.
    """

    def __init__(self, source: TapSource) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._expected: int | None = None
        self.skipped_total = 0
        self._tap = source.tap(capacity=CAPACITY, wake=self._wake)

    async def next(self) -> AccessUnit:
        """Wait for the next picture that can be decoded."""
        while True:
            unit = self._tap.pop()
            if unit is None:
                await self._arrived.wait()
                self._arrived.clear()
            elif unit.is_keyframe or unit.number == self._expected:
                self._expected = unit.number + 1
                return unit
            else:
                self._expected = None
                self.skipped_total += 1

    def close(self) -> None:
        """Leave the camera."""
        self._tap.close()

    def _wake(self) -> None:
        # The loop may have ended between the camera's push and its wake.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arrived.set)
