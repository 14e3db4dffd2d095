"""Half-open ranges of time and their arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import BadTimeRangeError


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """From `start_utc` up to, not including, `end_utc`. Never empty, never backwards."""

    start_utc: datetime
    end_utc: datetime

    def __post_init__(self) -> None:
        if self.start_utc.tzinfo is None or self.end_utc.tzinfo is None:
            raise BadTimeRangeError("a time range needs time zones")
        if self.end_utc <= self.start_utc:
            raise BadTimeRangeError(
                f"the range ends ({self.end_utc.isoformat()}) before it starts "
                f"({self.start_utc.isoformat()})"
            )

    @property
    def duration(self) -> timedelta:
        """How long the range is, more than zero."""
        return self.end_utc - self.start_utc

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies inside; the end does not."""
        return self.start_utc <= instant < self.end_utc

    def overlaps(self, other: "TimeRange") -> bool:
        """Whether the two share any time; touching is not sharing."""
        return self.start_utc < other.end_utc and other.start_utc < self.end_utc

    def clipped_to(self, other: "TimeRange") -> "TimeRange | None":
        """The part of this range inside the other, or None."""
        if not self.overlaps(other):
            return None
        return TimeRange(max(self.start_utc, other.start_utc), min(self.end_utc, other.end_utc))


def merged(ranges: Iterable[TimeRange], tolerance: timedelta = timedelta(0)) -> list[TimeRange]:
    """The same time as sorted ranges that neither overlap nor touch.

    Args:
        ranges: In any order.
        tolerance: Ranges at most this far apart are joined.
    """
    result: list[TimeRange] = []
    for piece in sorted(ranges):
        if result and piece.start_utc <= result[-1].end_utc + tolerance:
            end_utc = max(result[-1].end_utc, piece.end_utc)
            result[-1] = TimeRange(result[-1].start_utc, end_utc)
        else:
            result.append(piece)
    return result


def without(whole: TimeRange, taken: Iterable[TimeRange]) -> list[TimeRange]:
    """What remains of `whole`, in order, when all of `taken` is cut out of it."""
    remains: list[TimeRange] = []
    cursor = whole.start_utc
    for piece in merged(taken):
        if piece.start_utc >= whole.end_utc:
            break
        if piece.start_utc > cursor:
            remains.append(TimeRange(cursor, piece.start_utc))
        cursor = max(cursor, piece.end_utc)
    if cursor < whole.end_utc:
        remains.append(TimeRange(cursor, whole.end_utc))
    return remains
