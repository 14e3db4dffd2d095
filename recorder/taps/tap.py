"""How live and the probe get a camera's packets without capture ever waiting for them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from core.ring import Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One encoded picture as it came from the camera."""

    number: int
    """Counts a camera's pictures, over all its runs; a hole means some were dropped before you."""
    data: bytes
    """Annex B. A keyframe begins with its parameter sets (SPS and PPS; H.265 also VPS)."""
    pts: int
    """In `time_base`; restarts with each run."""
    time_base: Fraction
    is_keyframe: bool
    arrival_monotonic_s: float
    codec: str
    """`h264` or `hevc`."""


class Tap:
    """A bounded view of one camera's packets; the newest are kept, the oldest dropped.

    The capture thread pushes, one consumer pops. `wake` is called from the capture thread
    after each push and must return at once: `lambda: loop.call_soon_threadsafe(event.set)`
    for asyncio, `threading.Event().set` for a thread.

    Args:
        capacity: Pictures to hold. 2 s of video is enough for a consumer that keeps up.
        is_keyframes_only: Take nothing but keyframes.
        wake: Called after each push.
        on_close: Called once by `close`.
    """

    def __init__(
        self,
        *,
        capacity: int,
        is_keyframes_only: bool,
        wake: Callable[[], None],
        on_close: Callable[["Tap"], None],
    ) -> None:
        self.is_keyframes_only = is_keyframes_only
        self._ring: Ring[AccessUnit] = Ring(capacity)
        self._lock = threading.Lock()
        self._wake = wake
        self._on_close = on_close

    @property
    def dropped_total(self) -> int:
        """Pictures dropped because this consumer was too slow."""
        return self._ring.dropped_total

    def push(self, unit: AccessUnit) -> None:
        """Hand over the next picture. Never waits for the consumer."""
        with self._lock:
            self._ring.push(unit)
        self._wake()

    def pop(self) -> AccessUnit | None:
        """The oldest picture not yet taken, or None."""
        with self._lock:
            return self._ring.pop()

    def close(self) -> None:
        """Leave the camera. Pictures still inside can be popped."""
        self._on_close(self)
