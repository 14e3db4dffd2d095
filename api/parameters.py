"""Kinds of values that people send, checked in one way everywhere."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from core.errors import BadTimeRangeError
from core.regions import REGIONS
from core.timerange import TimeRange
from core.timestamps import from_iso

MAX_RANGE = timedelta(days=31)


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        # In an address an unescaped plus sign arrives as a space.
        return from_iso(value.strip().replace(" ", "+"))
    except OverflowError as error:
        raise ValueError("the instant lies outside the calendar") from error


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("contains characters that cannot be shown")
    return value


def _storable(value: str) -> str:
    if not all(c.isprintable() or c in "\n\t" for c in value):
        raise ValueError("contains characters that cannot be shown")
    return value


def _region(value: str) -> str:
    if value not in REGIONS:
        raise ValueError(f"no such region; one of {', '.join(REGIONS)}")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("no such time zone; for example Asia/Bishkek") from error
    return value


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""ISO 8601 with an offset; a local time is refused."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_printable),
]
"""Text on one line."""

FilledLine = Annotated[Line, Field(min_length=1)]
"""The same, and not empty."""

Comment = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    AfterValidator(_storable),
]
"""Text on several lines."""

Region = Annotated[str, AfterValidator(_region)]
"""A key of `core.regions.REGIONS`."""

Timezone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_timezone)]
"""A name of the IANA database."""


def checked_range(
    start_utc: datetime, end_utc: datetime, longest: timedelta = MAX_RANGE
) -> TimeRange:
    """A range people asked for.

    Raises:
        BadTimeRangeError: Backwards, empty or too long.
    """
    wanted = TimeRange(start_utc, end_utc)
    if wanted.duration > longest:
        raise BadTimeRangeError(f"the range is longer than {longest}")
    return wanted
