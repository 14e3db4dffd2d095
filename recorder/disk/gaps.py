"""Decides which stretches of time become gaps, and why. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.footage import GapCause
from core.timerange import TimeRange

TOUCHING = timedelta(milliseconds=100)
"""Runs that are at most so far apart have no gap between them: arrival is no more exact."""
OVERLAP = timedelta(seconds=2)
"""Footage that starts so long before the footage before it ended was labelled by a clock that
had been set in between."""
PIECE = timedelta(seconds=60)
"""A gap that lasts is stated in pieces, so that the centre hears its cause while it lasts."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch without footage."""

    range: TimeRange
    cause: GapCause


class GapBook:
    """Follows one camera's footage and names every hole in it.

    Args:
        end_utc: Where footage or the last stated gap ended; None: nothing was ever recorded,
            so nothing is missing until something is blamed.
        cause: Why nothing came since.
        began_utc: When recording was begun; what is blamed first is blamed since then.
    """

    def __init__(self, end_utc: datetime | None, cause: GapCause, began_utc: datetime) -> None:
        self._end_utc = end_utc
        self._began_utc = began_utc
        self._cause: GapCause | None = cause

    def recorded(self, start_utc: datetime, end_utc: datetime) -> Missing | None:
        """Footage was written; gives what is missing before it.

        When its start lies far before the end of what was recorded earlier, the clock was set
        back: the stretch that both call their own is named too.
        """
        before_utc, cause = self._end_utc, self._cause
        self._end_utc, self._cause = end_utc, None
        if before_utc is None:
            return None
        if start_utc - before_utc > TOUCHING:
            return Missing(TimeRange(before_utc, start_utc), cause or GapCause.CAMERA_SILENT)
        if before_utc - start_utc > OVERLAP:
            return Missing(TimeRange(start_utc, before_utc), GapCause.CLOCK_STEPPED)
        return None

    def blamed(self, cause: GapCause, now_utc: datetime) -> Missing | None:
        """Something keeps the camera from being recorded from now on.

        Gives the stretch before, when it had another cause.
        """
        earlier, self._cause = self._cause, cause
        if self._end_utc is None:
            self._end_utc, earlier = self._began_utc, None
        if earlier is None or earlier is cause:
            return None
        return self._until(now_utc, earlier, timedelta(0))

    def waited(self, now_utc: datetime) -> Missing | None:
        """Time passes without footage; gives a piece of the gap now and then."""
        return self._piece(now_utc, PIECE)

    def stopped(self, now_utc: datetime) -> Missing | None:
        """Recording ends on purpose; gives what is still missing, which had another cause."""
        return self._piece(now_utc, TOUCHING)

    def _piece(self, now_utc: datetime, at_least: timedelta) -> Missing | None:
        if self._cause is None or self._cause is GapCause.CLOCK_STEPPED:
            return None  # after a step a run follows at once, and `now_utc` is of the new clock
        return self._until(now_utc, self._cause, at_least)

    def _until(self, now_utc: datetime, cause: GapCause, at_least: timedelta) -> Missing | None:
        if self._end_utc is None or now_utc - self._end_utc <= at_least:
            return None
        missing = Missing(TimeRange(self._end_utc, now_utc), cause)
        self._end_utc = now_utc
        return missing
