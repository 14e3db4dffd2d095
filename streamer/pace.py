"""How long to wait between bursts. Pure: time comes in."""

SLACK_S = 0.02
"""What a late start may be made up for at once: a busy node wakes late, and a viewer that is
held to its pace from each wake-up on would never reach the present."""


class Pace:
    """Holds bytes to a rate over time, not from one burst to the next.

    Args:
        bits_per_s: The rate.
        now_s: When it begins.
    """

    def __init__(self, bits_per_s: float, now_s: float) -> None:
        self._bits_per_s = bits_per_s
        self._due_s = now_s

    def after(self, size_bytes: int, now_s: float) -> float:
        """How long to wait after that much was sent; 0 when it is late."""
        self._due_s = max(self._due_s, now_s - SLACK_S) + size_bytes * 8 / self._bits_per_s
        return max(0.0, self._due_s - now_s)
