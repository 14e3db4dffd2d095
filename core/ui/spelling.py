"""How times, durations and sizes are written for people. One spelling per language."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from core.ui.catalogue import Texts

_TIME = re.compile(r"(\d{1,2})[:.]?(\d{2})(?:[:.]?(\d{2}))?")
_UNITS = ((1e9, "unit.gb"), (1e6, "unit.mb"), (1e3, "unit.kb"))


def clock_time(instant: datetime, zone: ZoneInfo) -> str:
    """`14:03:22`, by the clock on the wall of the zone."""
    return instant.astimezone(zone).strftime("%H:%M:%S")


def time_of(text: str) -> time | None:
    """What a person means by `14:03`, `14:03:22` or `140322`; None when it is no time."""
    told = _TIME.fullmatch(text.strip())
    if told is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in told.groups())
    try:
        return time(hours, minutes, seconds)
    except ValueError:
        return None


def offset(instant: datetime, zone: ZoneInfo) -> str:
    """`UTC+6`, or `UTC+5:30`: which clock a time is by."""
    shift = instant.astimezone(zone).utcoffset()
    minutes = int(shift.total_seconds() // 60) if shift is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def day(value: date, texts: Texts) -> str:
    """`24 November 2026`, as the language writes it."""
    return format_date(value, "long", locale=texts.language.locale)


def moment(instant: datetime, zone: ZoneInfo, texts: Texts) -> str:
    """Day and time with the offset: `24 November 2026, 14:03:22 UTC+6`."""
    local = instant.astimezone(zone)
    return f"{day(local.date(), texts)}, {local:%H:%M:%S} {offset(instant, zone)}"


def stretch(start: datetime, end: datetime, zone: ZoneInfo, texts: Texts) -> str:
    """`24 November 2026, 14:03:22 – 14:05:00 UTC+6`; the second day only where it is another."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    is_one_day = first.date() == last.date()
    until = f"{last:%H:%M:%S}" if is_one_day else f"{day(last.date(), texts)}, {last:%H:%M:%S}"
    return f"{day(first.date(), texts)}, {first:%H:%M:%S} – {until} {offset(end, zone)}"


def since(instant: datetime, now_utc: datetime, zone: ZoneInfo, texts: Texts) -> str:
    """`14:03`, and the day before it where that is not today."""
    local = instant.astimezone(zone)
    is_today = local.date() == now_utc.astimezone(zone).date()
    return f"{local:%H:%M}" if is_today else f"{day(local.date(), texts)}, {local:%H:%M}"


def duration(seconds: float, texts: Texts) -> str:
    """The largest unit that says enough: `31 h`, `40 min`, `12 s`. Rounded down."""
    whole = int(seconds)
    if whole >= 3600:
        return texts("unit.hours", n=whole // 3600)
    if whole >= 60:
        return texts("unit.minutes", n=whole // 60)
    return texts("unit.seconds", n=whole)


def ago(seconds: float | None, texts: Texts) -> str:
    """`12 s ago`; a dash where it never was."""
    if seconds is None:
        return "–"
    return texts("panel.ago", ago=duration(seconds, texts)) if seconds >= 1 else texts("panel.now")


def exact_duration(seconds: float, texts: Texts) -> str:
    """Down to the second: `1 h 04 min 30 s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return texts("unit.hms", h=hours, m=f"{minutes:02}", s=f"{rest:02}")
    if minutes:
        return texts("unit.ms", m=minutes, s=f"{rest:02}")
    return texts("unit.seconds", n=rest)


def size(count_bytes: float, texts: Texts) -> str:
    """`120 GB`, decimal units, three digits at most."""
    for factor, name in _UNITS:
        if count_bytes >= factor:
            return texts(name, n=_three_digits(count_bytes / factor, texts))
    return texts("unit.bytes", n=int(count_bytes))


def bitrate(bits_per_s: float, texts: Texts) -> str:
    """`1.5 Mbit/s` or `800 kbit/s`."""
    if bits_per_s >= 1e6:
        return texts("unit.mbps", n=_three_digits(bits_per_s / 1e6, texts))
    return texts("unit.kbps", n=round(bits_per_s / 1e3))


def number(value: float, texts: Texts) -> str:
    """With the language's separators."""
    return str(format_decimal(value, locale=texts.language.locale))


def signed(value: float, texts: Texts) -> str:
    """`+0.04`, with the language's separators and always with a sign."""
    return str(format_decimal(value, "+#,##0.00;-#,##0.00", locale=texts.language.locale))


def percent(ratio: float | None, texts: Texts) -> str:
    """`99.98 %`, rounded down: a hundred is written only where nothing is missing."""
    if ratio is None:
        return "–"
    floored = int(ratio * 10_000) / 10_000
    return str(format_percent(floored, "#,##0.##\u00a0%", locale=texts.language.locale))


def _three_digits(value: float, texts: Texts) -> str:
    pattern = "#,##0" if value >= 100 else "#,##0.#"
    return str(format_decimal(value, pattern, locale=texts.language.locale))
