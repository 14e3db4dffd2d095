"""Time as a port, so that decisions can be tested with time as data."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where a process takes its time from."""

    def utc(self) -> datetime:
        """The device's wall clock, aware, in UTC. May step in either direction."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start. Never steps; counts while the wall clock is wrong."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def utc(self) -> datetime:
        """The machine's wall clock."""
        return datetime.now(UTC)  # noqa: TID251 the one place that reads it

    def monotonic_s(self) -> float:
        """The machine's monotonic clock."""
        return time.monotonic()  # noqa: TID251 the one place that reads it
