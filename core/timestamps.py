"""The one spelling of an instant on the wire, in object keys and in signed entries."""

from datetime import UTC, datetime


def to_iso(instant: datetime) -> str:
    """Spell an aware instant as `2026-11-24T08:00:00.000000Z`, always with microseconds.

    Raises:
        ValueError: The instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> datetime:
    """Read any ISO 8601 instant that names its offset; the result is in UTC.

    Raises:
        ValueError: Not ISO 8601, or without an offset: a local time is ambiguous.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} does not say its time zone; write for example …Z or …+06:00")
    return instant.astimezone(UTC)
