"""The machine's clock, of which monotonic time stands still."""

from core.clock import SystemClock


class StandingClock(SystemClock):
    """Fits `core.clock.Clock`; waits end when a test says so, however long it takes."""

    def __init__(self) -> None:
        self._now_s = super().monotonic_s()

    def monotonic_s(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        self._now_s += seconds
