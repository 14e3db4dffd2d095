"""RTP timestamps for viewers that go on over all sessions of a publisher. Pure."""

from streamer.rtp.packet import CLOCK_HZ

MAX_LEAP_S = 10.0
"""A publisher's clock that gets so far ahead of the time that passed has begun anew."""
MAX_BACK_S = 0.5
"""Pictures that are shown in another order than sent go back a little, a new clock by more."""


class OutgoingClock:
    """Maps a publisher's timestamps to ones that neither wrap nor leap.

    A publisher that returns begins at a random timestamp. Its viewers stay, so their clock
    goes on by the time that passed meanwhile.
    """

    def __init__(self) -> None:
        self._last_in: int | None = None
        self._last_out = 0
        self._last_s = 0.0

    def begin_anew(self) -> None:
        """The next picture comes from another session of the publisher."""
        self._last_in = None

    def map(self, timestamp: int, now_s: float) -> int:
        """The outgoing timestamp, not wrapped, of a picture that is ready now."""
        elapsed = int((now_s - self._last_s) * CLOCK_HZ)
        step = self._step(timestamp)
        # Late pictures keep their own step: they were held up, and more come close behind.
        if step is None or step < -MAX_BACK_S * CLOCK_HZ or step - elapsed > MAX_LEAP_S * CLOCK_HZ:
            step = max(1, elapsed) if self._last_s else 0
        self._last_in, self._last_s = timestamp, now_s
        self._last_out += step
        return self._last_out

    def _step(self, timestamp: int) -> int | None:
        if self._last_in is None:
            return None
        return ((timestamp - self._last_in + 2**31) & 0xFFFFFFFF) - 2**31
