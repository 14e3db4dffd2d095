"""The machine's clock, of which the wall clock can be set."""

from datetime import datetime, timedelta

from core.clock import SystemClock


class SteppingClock(SystemClock):
    """Fits `core.clock.Clock`; monotonic time goes on as it does."""

    def __init__(self) -> None:
        self._off = timedelta(0)

    def utc(self) -> datetime:
        return super().utc() + self._off

    def step(self, **by: float) -> None:
        """Set it forward or back, at once."""
        self._off += timedelta(**by)
