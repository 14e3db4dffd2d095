"""Bits a second over the last seconds. Pure: time comes in."""

from collections import deque

WINDOW_S = 3.0
_MAX_SAMPLES = 1024


class Bitrate:
    """Adds up bytes within a sliding window."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=_MAX_SAMPLES)

    def add(self, size_bytes: int, now_s: float) -> None:
        """Bytes that came now."""
        self._samples.append((now_s, size_bytes))

    def bits_per_s(self, now_s: float) -> int:
        """The mean over the window; 0 when nothing came within it."""
        while self._samples and now_s - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()
        return int(sum(size for _, size in self._samples) * 8 / WINDOW_S)
