"""Timestamps of what is published: they go on over all runs of a camera. Pure."""

from fractions import Fraction

CLOCK_HZ = 90_000
"""RTP clock of video. Source: RFC 6184 section 8.1."""
_NEW_RUN_S = 1.0
PAST_SPACING = 180
"""Ticks between pictures of the past, 2 ms: about as they are sent. With their own timestamps a
player would take what follows for early, and show everything late by a GOP."""


class PublishClock:
    """Maps a camera's pts to ticks that start at zero and never leap.

    A run's pts start anew; between two runs as many ticks pass as time did.
    """

    def __init__(self) -> None:
        self._last_in: Fraction | None = None
        self._last_arrival_s = 0.0
        self._ticks = Fraction(0)

    def ticks_of(self, pts: int, time_base: Fraction, arrival_s: float) -> int:
        """The tick of the next picture.

        Args:
            pts: Its presentation time, in `time_base`.
            time_base: Seconds of one unit.
            arrival_s: When it came, by a monotonic clock.
        """
        time_s = pts * time_base
        elapsed_s = max(0.0, arrival_s - self._last_arrival_s)
        if self._last_in is not None:
            step_s = time_s - self._last_in
            if step_s < -_NEW_RUN_S or step_s > elapsed_s + _NEW_RUN_S:
                step_s = Fraction(elapsed_s).limit_denominator(CLOCK_HZ)
            self._ticks += step_s * CLOCK_HZ
        self._last_in, self._last_arrival_s = time_s, arrival_s
        return round(self._ticks)

    def ticks_of_past(self, pts: int, time_base: Fraction, arrival_s: float) -> int:
        """The tick of a picture that is sent only that later ones can be decoded."""
        if self._last_in is not None:
            self._ticks += PAST_SPACING
        self._last_in, self._last_arrival_s = pts * time_base, arrival_s
        return round(self._ticks)
