"""The bar of a day: coverage as a picture, by position; hatched where footage is missing. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.timerange import TimeRange
from core.ui.catalogue import Texts
from core.ui.spelling import clock_time, exact_duration
from core.ui.words import cause_word
from storage.coverage import Coverage, CoverageSpan, CoverageState

WIDTH = 1000.0
"""Units of a bar, whatever its size on a screen."""
_HOURS_LABELLED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPiece:
    """One stretch of the bar."""

    x: float
    width: float
    state: str
    """`recorded`, `gap`, `on_device`, `unknown` or, after now, `future`."""
    title: str
    start_utc: datetime
    end_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    """A bar and its scale."""

    pieces: tuple[BarPiece, ...]
    hours: tuple[tuple[float, str], ...]
    """Where a label stands, and what it says."""
    range: TimeRange


def day_of(instant: datetime, zone: ZoneInfo) -> TimeRange:
    """The day around an instant, from midnight to midnight by the clock of the zone."""
    return day_starting(instant.astimezone(zone).date(), zone)


def day_starting(day: date, zone: ZoneInfo) -> TimeRange:
    """A day of the calendar; 23 or 25 hours where the zone changes its clocks."""
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return TimeRange(start.astimezone(UTC), end.astimezone(UTC))


def day_bar(coverage: Coverage, zone: ZoneInfo, now_utc: datetime, texts: Texts) -> DayBar:
    """Lay a coverage out. What lies after now is neither missing nor unknown."""
    pieces = [
        _piece(part, coverage.range, zone, texts)
        for span in coverage.spans
        for part in _until_now(span, now_utc)
    ]
    return DayBar(pieces=tuple(pieces), hours=_hours(coverage.range, zone), range=coverage.range)


def span_title(span: CoverageSpan, zone: ZoneInfo, texts: Texts) -> str:
    """`12:03:10 – 12:04:00, 50 s: camera did not answer`."""
    stretch = span.range
    what = cause_word(texts, span.cause) if span.cause else texts(f"coverage.{span.state.value}")
    start, end = clock_time(stretch.start_utc, zone), clock_time(stretch.end_utc, zone)
    lasts = exact_duration(stretch.duration.total_seconds(), texts)
    return f"{start} – {end}, {lasts}: {what}"


def _until_now(span: CoverageSpan, now_utc: datetime) -> list[tuple[CoverageSpan, bool]]:
    stretch = span.range
    if span.state is not CoverageState.UNKNOWN or stretch.end_utc <= now_utc:
        return [(span, False)]
    if stretch.start_utc >= now_utc:
        return [(span, True)]
    before = TimeRange(stretch.start_utc, now_utc)
    after = TimeRange(now_utc, stretch.end_utc)
    return [
        (CoverageSpan(range=before, state=span.state), False),
        (CoverageSpan(range=after, state=span.state), True),
    ]


def _piece(
    part: tuple[CoverageSpan, bool], whole: TimeRange, zone: ZoneInfo, texts: Texts
) -> BarPiece:
    span, is_future = part
    start = _at(span.range.start_utc, whole)
    return BarPiece(
        x=start,
        width=round(_at(span.range.end_utc, whole) - start, 3),
        state="future" if is_future else span.state.value,
        title="" if is_future else span_title(span, zone, texts),
        start_utc=span.range.start_utc,
        end_utc=span.range.end_utc,
    )


def _at(instant: datetime, whole: TimeRange) -> float:
    return round((instant - whole.start_utc) / whole.duration * WIDTH, 3)


def _hours(whole: TimeRange, zone: ZoneInfo) -> tuple[tuple[float, str], ...]:
    steps = int(whole.duration / timedelta(hours=_HOURS_LABELLED))
    instants = [whole.start_utc + timedelta(hours=_HOURS_LABELLED * n) for n in range(1, steps)]
    return tuple((_at(i, whole), f"{i.astimezone(zone):%H:%M}") for i in instants)
