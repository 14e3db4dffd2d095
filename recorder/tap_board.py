"""The taps of one camera: who gets its single pictures."""

import threading
from collections.abc import Callable

from recorder.tap import AccessUnit, Tap


class TapBoard:
    """Hands pictures to whoever taps the camera. Capture pays nothing while nobody does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taps: tuple[Tap, ...] = ()
        self._number = 0
        self._closed_drops = 0

    def add(
        self,
        *,
        capacity: int,
        wake: Callable[[], None],
        is_keyframes_only: bool = False,
    ) -> Tap:
        """Open a tap; see `Tap`."""
        tap = Tap(
            capacity=capacity,
            is_keyframes_only=is_keyframes_only,
            wake=wake,
            on_close=self._remove,
        )
        with self._lock:
            self._taps = (*self._taps, tap)
        return tap

    def next_number(self) -> int:
        """Count a picture, wanted or not. Called by the capture thread alone."""
        number = self._number
        self._number += 1
        return number

    def wants(self, *, is_keyframe: bool) -> bool:
        """Whether anybody wants the next picture."""
        return any(is_keyframe or not tap.is_keyframes_only for tap in self._taps)

    def push(self, unit: AccessUnit) -> None:
        """Give a picture to all who want it."""
        for tap in self._taps:
            if unit.is_keyframe or not tap.is_keyframes_only:
                tap.push(unit)

    @property
    def dropped_total(self) -> int:
        """Pictures that consumers were too slow for."""
        return self._closed_drops + sum(tap.dropped_total for tap in self._taps)

    def _remove(self, tap: Tap) -> None:
        with self._lock:
            if tap in self._taps:
                self._closed_drops += tap.dropped_total
                self._taps = tuple(other for other in self._taps if other is not tap)
