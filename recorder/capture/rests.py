"""How long capture leaves a connection unread, so that one wake-up serves many packets. Pure.

A thread that is woken for each network packet spends most of its time on being woken: the
kernel's switch, and an interpreter whose caches are cold. What a TCP connection brings
meanwhile waits in the kernel, and nothing of it is lost.
"""

from fractions import Fraction

LONGEST_S = 0.4
"""With a fragment of 1 s this keeps what a `kill -9` may cost below 2 s."""
_FIRST_S, _GROWTH = 0.02, 1.25
"""The kernel gives a connection more room when more is read from it at once (Linux,
`tcp_rcv_space_adjust`), so rests begin short."""
_ROOM_BYTES = 128 * 2**10
"""What a rest lets gather at most: the room that Linux begins with. Measured with rests of 0.4 s:
a camera of 2 Mbit/s never waited for room, one of 24 Mbit/s did half of the time."""
_CAUGHT_UP_S = 0.03
_QUICKER_S = 0.005
_DRIFT = 500e-6
"""Camera clocks that run slow by less than this do not pass for a backlog."""
_JUMP_S = 10.0
"""Media time that is later by more was set anew; no connection holds that much."""
_SPAN_S = 4.0
_SAME_S = 0.005
"""The quickest of two spans in a row differ by less: neither is a backlog read, for which all of
them would be quicker, nor is the machine too slow, by as little as one part in 800."""


class _Pace:
    """Notices that late pictures keep the camera's pace: they are not late, its clock went back."""

    def __init__(self) -> None:
        self._span_before_s: float | None = None
        self._quickest_s = float("inf")
        self._until_s: float | None = None

    def after(self, delay_s: float, now_s: float) -> float | None:
        """The quickest lately, as soon as that is known to be as quick as pictures come."""
        if self._until_s is None:
            self._until_s = now_s + _SPAN_S
        self._quickest_s = min(self._quickest_s, delay_s)
        if now_s < self._until_s:
            return None
        before_s, quickest_s = self._span_before_s, self._quickest_s
        self._span_before_s, self._quickest_s = quickest_s, float("inf")
        self._until_s = now_s + _SPAN_S
        is_same = before_s is not None and abs(quickest_s - before_s) < _SAME_S
        return quickest_s if is_same else None


class Rests:
    """When one session's connection is read empty, and how long to leave it then.

    A packet that comes no later than the quickest lately came just now: nothing waits behind
    it. While a backlog is read, each packet is quicker than the one before; there is no rest
    until that has ended. Pictures that stay late by the same for some seconds are as quick as
    they come.

    Args:
        time_base: Seconds a tick of the camera's.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._tick_s = float(time_base)
        self._quickest_s = float("inf")
        self._last_s = 0.0
        self._rest_s = _FIRST_S
        self._gathered_bytes = 0
        self._rested_s = 0.0
        self._pace = _Pace()

    def after(self, pts: int, size_bytes: int, now_s: float) -> float:
        """How long to rest after a picture; 0: read on.

        Args:
            pts: Its time by the camera, in ticks.
            size_bytes: Its size.
            now_s: When it was read, by the monotonic clock.
        """
        self._gathered_bytes += size_bytes
        delay_s = now_s - pts * self._tick_s
        late_s = delay_s - self._quickest_s - _DRIFT * (now_s - self._last_s)
        if late_s < 0 or late_s > _JUMP_S:
            self._quickest_s, self._last_s = delay_s, now_s
        if not -_QUICKER_S <= late_s <= _CAUGHT_UP_S:
            quickest_s = self._pace.after(delay_s, now_s)
            if quickest_s is not None:
                self._quickest_s, self._last_s = quickest_s, now_s
            return 0.0
        self._pace = _Pace()
        self._rest_s = min(LONGEST_S, self._rest_s * _GROWTH, self._room_s(now_s))
        self._gathered_bytes, self._rested_s = 0, now_s
        return self._rest_s

    def _room_s(self, now_s: float) -> float:
        """How long it takes to fill the room, at the rate since the last rest."""
        return _ROOM_BYTES * (now_s - self._rested_s) / max(1, self._gathered_bytes)
