"""Maps the media time of one run to UTC, and sees when the device's clock steps. Pure.

Three clocks meet here. The camera's own counts media time; its rate is off by some ten parts in
a million. The device's monotonic clock never steps. The device's wall clock says UTC and may be
set at any time. See docs/design/time.md.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import Clock

STEP_S = 2.0
"""A wall clock that moves more against the monotonic one was set: a new run begins."""
MAX_CORRECTION = 500e-6
"""Media time is stretched by at most so much: far above the drift of any crystal, and 0.5 ms in
a second of film, which nobody sees and coverage does not count as a hole."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRIES, _EXACT_S = 5, 0.001
_PAUSE_S = 1.0
"""Arrival that falls back by more from one fragment to the next is a pause of the camera; a clock
that runs wrong leads it away by some milliseconds."""
_WINDOW = 16
"""Fragments over which the quickest delivery is taken as the undelayed one."""


@dataclass(frozen=True, slots=True)
class Instant:
    """The same moment on the device's two clocks."""

    monotonic_s: float
    utc_s: float
    """Seconds since 1970, by the wall clock."""

    @classmethod
    def read(cls, clock: Clock) -> "Instant":
        """Now, on both clocks.

        Of some tries the one in which the least time passed between the two readings: a busy
        machine stops a thread there for a quarter of a second now and then.
        """
        tries: list[tuple[float, float, float]] = []
        for _ in range(_TRIES):
            before_s, utc_s = clock.monotonic_s(), clock.utc().timestamp()
            took_s = clock.monotonic_s() - before_s
            tries.append((took_s, before_s, utc_s))
            if took_s < _EXACT_S:
                break
        _, monotonic_s, utc_s = min(tries)
        return cls(monotonic_s, utc_s)

    @property
    def wall_offset_s(self) -> float:
        """What to add to monotonic time to get the wall clock's."""
        return self.utc_s - self.monotonic_s

    @property
    def utc(self) -> datetime:
        """What the wall clock shows."""
        return _EPOCH + timedelta(seconds=self.utc_s)


class Timeline:
    """Where one run lies in UTC.

    A picture is taken to be captured when it arrives by the quickest delivery seen lately:
    queues only ever delay. Each fragment's start follows from the fragment before and its media
    duration, corrected by at most `MAX_CORRECTION`, so neighbours touch and drift stays out.
    """

    def __init__(self) -> None:
        self.is_clock_stepped = False
        """The wall clock was set: the run is to end at the next keyframe."""
        self.is_media_clock_lost = False
        """Media time and arrival have parted by more than networks delay: the same."""
        self.has_paused = False
        """They parted at once, the camera sending nothing meanwhile: footage is missing."""
        self._delays_s: deque[float] = deque(maxlen=_WINDOW)
        self._delay_s = float("inf")
        self._quickest_s = float("inf")
        self._wall_offset_s: float | None = None
        self._zero_utc_s: float | None = None
        self._last_media_s = 0.0

    def arrived(self, media_s: float, monotonic_s: float) -> None:
        """Note when a picture came. Called for each, so it does next to nothing."""
        delay_s = monotonic_s - media_s
        if delay_s < self._delay_s:  # noqa: PLR1730 once a picture; a call would cost more
            self._delay_s = delay_s

    def start_of(self, media_s: float, now: Instant) -> datetime:
        """When the fragment that starts at `media_s` was captured; call it once for each.

        Once the clock was stepped, the answers go on by the clock as it was before.

        Args:
            media_s: Not before that of the last call.
            now: The moment its last picture was taken in.
        """
        self._delays_s.append(self._delay_s)
        self._delay_s = float("inf")
        self._follow(now)
        before_s, self._quickest_s = self._quickest_s, min(self._delays_s)
        measured_s = self._quickest_s + (self._wall_offset_s or 0.0)
        self._correct(measured_s, media_s, is_late=self._quickest_s - before_s > _PAUSE_S)
        self._last_media_s = media_s
        return _EPOCH + timedelta(seconds=(self._zero_utc_s or 0.0) + media_s)

    def _follow(self, now: Instant) -> None:
        """Take small changes of the wall clock over; a step is for the next run."""
        offset_s = now.wall_offset_s
        if self._wall_offset_s is None:
            self._wall_offset_s = offset_s
        elif abs(offset_s - self._wall_offset_s) > STEP_S:
            self.is_clock_stepped = True
        elif not self.is_clock_stepped:
            self._wall_offset_s = offset_s

    def _correct(self, measured_s: float, media_s: float, *, is_late: bool) -> None:
        if self._zero_utc_s is None:
            self._zero_utc_s = measured_s
            return
        error_s = measured_s - self._zero_utc_s
        if abs(error_s) > STEP_S:
            self.has_paused = self.has_paused or (is_late and not self.is_media_clock_lost)
            self.is_media_clock_lost = True
            return
        most_s = MAX_CORRECTION * (media_s - self._last_media_s)
        self._zero_utc_s += max(-most_s, min(most_s, error_s))
