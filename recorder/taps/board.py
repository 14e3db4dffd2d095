"""The taps of one camera: who gets its single pictures."""

import threading
from collections.abc import Callable

from recorder.taps.tap import AccessUnit, Tap


class TapBoard:
    """Hands pictures to whoever taps the camera. Capture pays nothing while nobody does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taps: tuple[Tap, ...] = ()
        self._is_wanting = False
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
            self._set((*self._taps, tap))
        return tap

    @property
    def is_empty(self) -> bool:
        """Whether nobody taps the camera now."""
        return not self._taps

    def wants(self, *, is_keyframe: bool) -> bool:
        """Whether anybody wants a picture of this kind."""
        return self._is_wanting or (is_keyframe and not self.is_empty)

    @property
    def is_wanting(self) -> bool:
        """Whether anybody waits for every picture, so that none may be held back."""
        return self._is_wanting

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
                self._set(tuple(other for other in self._taps if other is not tap))

    def _set(self, taps: tuple[Tap, ...]) -> None:
        self._taps = taps
        self._is_wanting = any(not tap.is_keyframes_only for tap in taps)
