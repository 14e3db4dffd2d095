"""How long capture leaves a connection unread, so that one wake-up serves many packets. Pure.

A thread that is woken for each network packet spends most of its time on being woken: the
kernel's switch, and an interpreter whose caches are cold. What a TCP connection brings
meanwhile waits in the kernel, and nothing of it is lost.
"""

from fractions import Fraction

LONGEST_S = 0.4
"""With a fragment of 1 s this keeps what a `kill -9` may cost below 2 s."""
_FIRST_S, _GROWTH = 0.02, 1.25
"""The kernel gives a connection room for twice what was read from it at once so far (Linux,
`tcp_rcv_space_adjust`). A rest that grows by less never makes a camera wait for room."""
_CAUGHT_UP_S = 0.03
_QUICKER_S = 0.005
_DRIFT = 500e-6
"""Camera clocks that run slow by less than this do not pass for a backlog."""
_JUMP_S = 10.0
"""Media time that is later by more was set anew; no connection holds that much."""


class Rests:
    """When one session's connection is read empty, and how long to leave it then.

    A packet that comes no later than the quickest lately came just now: nothing waits behind
    it. While a backlog is read, each packet is quicker than the one before; there is no rest
    until that has ended.

    Args:
        time_base: Seconds a tick of the camera's.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._tick_s = float(time_base)
        self._quickest_s = float("inf")
        self._last_s = 0.0
        self._rest_s = _FIRST_S

    def after(self, pts: int, now_s: float) -> float:
        """How long to rest after a picture; 0: read on.

        Args:
            pts: Its time by the camera, in ticks.
            now_s: When it was read, by the monotonic clock.
        """
        delay_s = now_s - pts * self._tick_s
        late_s = delay_s - self._quickest_s - _DRIFT * (now_s - self._last_s)
        if late_s < 0 or late_s > _JUMP_S:
            self._quickest_s, self._last_s = delay_s, now_s
        if not -_QUICKER_S <= late_s <= _CAUGHT_UP_S:
            return 0.0
        self._rest_s = min(LONGEST_S, self._rest_s * _GROWTH)
        return self._rest_s
