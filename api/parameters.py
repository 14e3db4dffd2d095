"""Kinds of values that people send, checked in one way everywhere."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from core.errors import BadTimeRangeError
from core.regions import REGIONS
from core.timerange import TimeRange
from core.timestamps import from_iso

MAX_RANGE = timedelta(days=31)
_LIMITS = ("max_length", "min_length", "le", "ge")


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        # In an address an unescaped plus sign arrives as a space.
        return from_iso(value.strip().replace(" ", "+"))
    except OverflowError as error:
        raise ValueError("the instant lies outside the calendar") from error


def _printable(value: str) -> str:
    return _shown(value, but="")


def _storable(value: str) -> str:
    return _shown(value.replace("\r\n", "\n"), but="\n\t")


def _shown(value: str, but: str) -> str:
    # Text that is pasted out of a document is full of no-break spaces; they are spaces.
    plain = "".join(" " if unicodedata.category(c) == "Zs" else c for c in value)
    if not all(c.isprintable() or c in but for c in plain):
        raise PydanticCustomError("not_printable", "contains characters that cannot be shown")
    return plain


def _region(value: str) -> str:
    if value not in REGIONS:
        known = ", ".join(REGIONS)
        raise PydanticCustomError("region", "no such region; one of {known}", {"known": known})
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise PydanticCustomError(
            "timezone", "no such time zone; for example Asia/Bishkek"
        ) from error
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


class RangeTooLongError(BadTimeRangeError):
    """More time than is answered, exported or kept at once."""


def code_of(fault: Mapping[str, Any]) -> str:
    """Which check of pydantic's a value failed, for those who have words for it."""
    # The length of a text is checked after ours, where pydantic no longer knows that it is one.
    is_text = fault.get("ctx", {}).get("field_type") == "Value"
    return f"string_{fault['type']}" if is_text else str(fault["type"])


def limit_of(fault: Mapping[str, Any]) -> int | None:
    """How much would have been right, where that is what a check of pydantic's found wrong."""
    told = fault.get("ctx", {})
    return next((told[name] for name in _LIMITS if name in told), None)


def checked_range(
    start_utc: datetime, end_utc: datetime, longest: timedelta = MAX_RANGE
) -> TimeRange:
    """A range people asked for.

    Raises:
        BadTimeRangeError: Backwards or empty.
        RangeTooLongError: More than that.
    """
    wanted = TimeRange(start_utc, end_utc)
    if wanted.duration > longest:
        raise RangeTooLongError(f"the range is longer than {longest}")
    return wanted
