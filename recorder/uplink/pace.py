"""How fast footage may leave: a token bucket. Pure; time is passed in."""

_PIECE_S = 0.25
"""What is sent at once lasts so long at the cap: other calls wait no longer for the link."""
_MIN_PIECE_BYTES = 1024
"""At 1 kbit/s a piece then leaves every 8 s: no server takes that for a dead connection."""
_MAX_PIECE_BYTES = 16 * 1024
"""Small enough for a link of a few kbit/s to carry one before a write counts as stuck."""


class Pace:
    """Holds what is sent to a cap. In any time t, at most cap · t plus two pieces are let go.

    Sending is allowed while there is no debt, and each piece is a debt until time has paid it.

    Args:
        max_kbps: The cap in kilobits a second, > 0; None: none.
        now_s: Monotonic time.
    """

    def __init__(self, max_kbps: int | None, now_s: float) -> None:
        self._debt_bytes = 0.0
        self._seen_s = now_s
        self._bytes_per_s = _bytes_per_s(max_kbps)

    def set_cap(self, max_kbps: int | None, now_s: float) -> None:
        """Change the cap from now on; what was sent under the old one stays owed."""
        self._settle(now_s)
        self._bytes_per_s = _bytes_per_s(max_kbps)

    @property
    def bytes_per_s(self) -> float | None:
        """The cap; None: none."""
        return self._bytes_per_s

    @property
    def piece_bytes(self) -> int:
        """How much to send at once."""
        if self._bytes_per_s is None:
            return _MAX_PIECE_BYTES
        wanted = int(self._bytes_per_s * _PIECE_S)
        return max(_MIN_PIECE_BYTES, min(_MAX_PIECE_BYTES, wanted))

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next piece may go; 0: now."""
        self._settle(now_s)
        return 0.0 if self._bytes_per_s is None else self._debt_bytes / self._bytes_per_s

    def spend(self, size_bytes: int, now_s: float) -> None:
        """Note what is being sent, also what did not wait for its turn."""
        self._settle(now_s)
        if self._bytes_per_s is not None:
            self._debt_bytes += size_bytes

    def _settle(self, now_s: float) -> None:
        elapsed_s = max(0.0, now_s - self._seen_s)
        self._seen_s = now_s
        if self._bytes_per_s is None:
            self._debt_bytes = 0.0
        else:
            self._debt_bytes = max(0.0, self._debt_bytes - elapsed_s * self._bytes_per_s)


def _bytes_per_s(max_kbps: int | None) -> float | None:
    return None if max_kbps is None else max_kbps * 1000 / 8
