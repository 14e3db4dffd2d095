"""Reads a camera's tap from asyncio: pictures that decode, in order, as they come."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from recorder.taps.tap import AccessUnit, Tap

CAPACITY = 150
"""Pictures held for a loop that is busy: 6 s at 25 frames a second, then the oldest go."""
_AGAIN_MAX = 300
"""Pictures kept to be given again, 12 s at 25 frames a second. Longer GOPs are not kept."""
_AGAIN_MAX_BYTES = 8 * 2**20


class TapSource(Protocol):
    """What a camera offers to who wants its pictures."""

    def tap(
        self, *, capacity: int, wake: Callable[[], None], is_keyframes_only: bool = False
    ) -> Tap:
        """Open a tap; see `recorder.taps.tap.Tap`."""
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
        self._gop: list[AccessUnit] = []
        self._gop_bytes = 0
        self._again: deque[AccessUnit] = deque()
        self._tap = source.tap(capacity=CAPACITY, wake=self._wake)

    async def next(self) -> AccessUnit:
        """Wait for the next picture that can be decoded."""
        if self._again:
            return self._again.popleft()
        while True:
            unit = self._tap.pop()
            if unit is None:
                await self._arrived.wait()
                self._arrived.clear()
            elif unit.is_keyframe or unit.number == self._expected:
                self._expected = unit.number + 1
                self._remember(unit)
                return unit
            else:
                self._expected = None
                self.skipped_total += 1

    @property
    def is_past(self) -> bool:
        """Whether the next picture has been given before."""
        return bool(self._again)

    def rewind(self) -> None:
        """Go back to the last keyframe: who reads from now on need not wait for the next."""
        self._again = deque(self._gop)

    def close(self) -> None:
        """Leave the camera."""
        self._tap.close()

    def _remember(self, unit: AccessUnit) -> None:
        if unit.is_keyframe:
            self._gop, self._gop_bytes = [], 0
        elif not self._gop:
            return
        self._gop.append(unit)
        self._gop_bytes += len(unit.data)
        if len(self._gop) > _AGAIN_MAX or self._gop_bytes > _AGAIN_MAX_BYTES:
            self._gop, self._gop_bytes = [], 0

    def _wake(self) -> None:
        # The loop may have ended between the camera's push and its wake.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arrived.set)
