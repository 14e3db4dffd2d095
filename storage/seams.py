"""Where footage goes on from one segment to the next. Pure: one answer for all who cut or join."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from core.timerange import TimeRange

SEAM_TOLERANCE = timedelta(milliseconds=50)
"""Between neighbouring segments of a run: this, or one mean frame where that is more. Wall
times come from a clock that is read per segment, durations from the camera's ticks; the two
differ by less than a frame although no frame is missing."""


class Placed(Protocol):
    """A segment's place in its run and in time."""

    @property
    def run_id(self) -> UUID:
        """The run it is of."""

    @property
    def number(self) -> int:
        """Its number in the run."""

    @property
    def range(self) -> TimeRange:
        """From its own start, for as long as its media lasts."""

    @property
    def frame_duration(self) -> timedelta:
        """Mean over its frames."""


def goes_on(before: Placed, after: Placed) -> bool:
    """Whether no picture is missing between two segments.

    Numbers alone do not tell: while its disk is full, an agent writes nothing, and then goes
    on in the same run with the next number.
    """
    is_next = before.run_id == after.run_id and before.number + 1 == after.number
    hole = after.range.start_utc - before.range.end_utc
    return is_next and hole <= max(SEAM_TOLERANCE, before.frame_duration)
