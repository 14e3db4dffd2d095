"""NTP timestamps for sender reports. Source: RFC 3550 section 4."""

from datetime import UTC, datetime

_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)


def ntp_of(instant_utc: datetime) -> int:
    """Seconds since 1900 in the upper 32 bits, their fraction in the lower."""
    return int((instant_utc - _EPOCH).total_seconds() * 2**32)


def middle_of(ntp: int) -> int:
    """The middle 32 bits, which reports carry."""
    return ntp >> 16 & 0xFFFFFFFF
