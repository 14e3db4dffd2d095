"""How long a viewer's player should hold pictures back, so that repeats come in time. Pure.

Source: the playout-delay header extension of libwebrtc (docs/native-code/rtp-hdrext there).
"""

import math

PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
LOSSY = 0.005
VERY_LOSSY = 0.02
"""From here on repeats are lost often enough to wait for a second one."""
ASKED_AGAIN_S = 0.1
"""Chromium asks for a packet that often where it does not know the round trip."""
SPARE_S = 0.03
LONGEST_S = 0.8
STEP_S = 0.1
"""Chromium calls it a freeze when a picture stays 150 ms longer than those before it."""
STEP_EVERY_S = 0.2
KEPT_S = 30.0
_UNIT_S = 0.01
_NO_LIMIT = 1000


def hold_back_s(loss: float, round_trip_s: float | None) -> float:
    """The delay that makes good a loss on a link with that round trip."""
    if loss < LOSSY:
        return 0.0
    rounds = 1 if loss < VERY_LOSSY else 2
    return min(LONGEST_S, rounds * (ASKED_AGAIN_S + (round_trip_s or 0.0)) + SPARE_S)


class HoldBack:
    """What a player is told, step by step.

    A player does at once what it is told: a leap up is a picture that stands still, and one down
    is a film that runs fast. So the delay moves in steps that nobody sees, and it stays for a
    while after the loss that asked for it: one packet in a hundred is often none in a second.
    """

    def __init__(self) -> None:
        self._told_s = 0.0
        self._stepped_s = -math.inf
        self._most_s = 0.0
        self._most_since_s = -math.inf

    def told_s(self, wanted_s: float, now_s: float) -> float:
        """What to tell now.

        Args:
            wanted_s: What the loss of late asks for.
            now_s: The present.
        """
        if wanted_s >= self._most_s or now_s - self._most_since_s > KEPT_S:
            self._most_s, self._most_since_s = wanted_s, now_s
        if now_s - self._stepped_s >= STEP_EVERY_S:
            step_s = min(STEP_S, max(-STEP_S, self._most_s - self._told_s))
            self._told_s, self._stepped_s = self._told_s + step_s, now_s
        return self._told_s


def write_playout_delay(least_s: float) -> bytes:
    """The three bytes of the extension: the least delay, and a most that limits nothing."""
    return (round(least_s / _UNIT_S) << 12 | _NO_LIMIT).to_bytes(3, "big")
