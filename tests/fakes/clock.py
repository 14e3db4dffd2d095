"""Time as data."""

from datetime import datetime, timedelta

from tests.fakes.journal import MORNING


class FakeClock:
    """Stands still until it is told otherwise; fits `core.clock.Clock`."""

    def __init__(self, now_utc: datetime = MORNING) -> None:
        self.now_utc = now_utc
        self._stepped_s = 0.0

    def utc(self) -> datetime:
        return self.now_utc

    def monotonic_s(self) -> float:
        return self.now_utc.timestamp() - self._stepped_s

    def advance(self, seconds: float) -> None:
        self.now_utc += timedelta(seconds=seconds)

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back; monotonic time does not notice."""
        self.now_utc += timedelta(seconds=seconds)
        self._stepped_s += seconds
