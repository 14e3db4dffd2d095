"""Whether a peer that reports again was away. Pure."""

AWAY_S = 2.0
"""Longer than a bad link can lose every report of a browser, which sends several a second."""
OFTEN_S = 1.0
_WEIGHT = 0.1


class Absence:
    """Watches how far apart a peer's reports are.

    A decoder behind a link that was away waits for a keyframe; Chromium asks for one up to 3 s
    after the link is back. Its first report comes within a second.
    """

    def __init__(self) -> None:
        self._heard_s: float | None = None
        self._usual_s = AWAY_S

    def is_over(self, now_s: float) -> bool:
        """Take a report; whether it is the first after an absence."""
        if self._heard_s is None:
            self._heard_s = now_s
            return False
        gap_s, self._heard_s = now_s - self._heard_s, now_s
        if gap_s >= AWAY_S and self._usual_s < OFTEN_S:
            return True
        self._usual_s += _WEIGHT * (gap_s - self._usual_s)
        return False
