"""How long a viewer's player should hold pictures back, so that repeats come in time. Pure.

Source: the playout-delay header extension of libwebrtc (docs/native-code/rtp-hdrext there).
"""

PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
LOSSY = 0.005
VERY_LOSSY = 0.02
"""From here on repeats are lost often enough to wait for a second one."""
ASKED_AGAIN_S = 0.1
"""Chromium asks for a packet that often where it does not know the round trip."""
SPARE_S = 0.03
LONGEST_S = 0.8
_UNIT_S = 0.01
_NO_LIMIT = 1000


def hold_back_s(loss: float, round_trip_s: float | None) -> float:
    """The delay that makes good a loss on a link with that round trip."""
    if loss < LOSSY:
        return 0.0
    rounds = 1 if loss < VERY_LOSSY else 2
    return min(LONGEST_S, rounds * (ASKED_AGAIN_S + (round_trip_s or 0.0)) + SPARE_S)


def write_playout_delay(least_s: float) -> bytes:
    """The three bytes of the extension: the least delay, and a most that limits nothing."""
    return (round(least_s / _UNIT_S) << 12 | _NO_LIMIT).to_bytes(3, "big")
