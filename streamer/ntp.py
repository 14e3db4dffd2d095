"""NTP timestamps for sender reports. Source: RFC 3550 section 4."""

from datetime import UTC, datetime

_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_64_BITS = 2**64 - 1


def ntp_of(instant_utc: datetime) -> int:
    """Seconds since 1900 in the upper 32 bits, which begin anew in 2036, their fraction below."""
    return int((instant_utc - _EPOCH).total_seconds() * 2**32) & _64_BITS


def middle_of(ntp: int) -> int:
    """The middle 32 bits, which reports carry."""
    return ntp >> 16 & 0xFFFFFFFF
