"""Whether a camera's picture shows anything: the judgement, from figures and time alone."""

from dataclasses import dataclass

from core.wire.heartbeat import Picture

DARK_BELOW_LUMA = 40.0
"""Of the luma that nine tenths of the picture stay under; black is 16. Measured: a lens cap with
noise 7 to 20; a hall in full light 213, at a quarter of it 53, at an eighth 27."""
COVERED_BELOW_DETAIL = 0.12
"""Of the share of the picture's fields that hold an edge. Measured: a hand before the lens 0.00,
with time and place written into the picture 0.10; something at a lens's own distance 0.06; a
hall 0.71, at a quarter of its light 0.32, quite out of focus 0.32; a classroom 0.88."""
FROZEN_BELOW_CHANGE = 0.02
"""Of the share of small squares that differ from the keyframe before. Measured with x264: the
same picture over and over 0.000 to 0.011 once its rate control has settled, within 10 s, and up
to 0.011 with a running clock in it; a scene without any movement 0.67 and more, even where the
sensor's noise is half a step of 256. At 300 kbit/s, where the encoder never settles, the same
picture stays at 0.05 to 0.5: there a frozen camera may pass as good, never the other way."""
FROZEN_AFTER_S = 10.0
FROZEN_AFTER_KEYFRAMES = 3
"""Both must pass: a camera with a keyframe a second may send the same picture some times."""
AGREEING = 2
"""Keyframes in a row that must say the same before the word changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One keyframe in figures."""

    luma: float
    """0 to 255: nine tenths of the picture are darker."""
    detail: float
    """0 to 1: the share of its fields that hold an edge."""
    change: float | None
    """0 to 1: the share of small squares that differ from the keyframe before; None: there is
    none to compare with."""
    at_s: float
    """When it arrived, by a monotonic clock."""


class PictureJudge:
    """Finds the word for one camera's picture. One keyframe alone never changes a word.

    Dark goes before covered, for in the dark a covered lens looks the same; both go before
    frozen, for they are no picture at all and have little that could change.
    """

    def __init__(self) -> None:
        self.picture = Picture.UNKNOWN
        self._said = Picture.UNKNOWN
        self._times = 0
        self._same_since_s: float | None = None
        self._same_times = 0
        self._last_s: float | None = None

    def judge(self, measured: Measured) -> Picture:
        """Take the next keyframe; returns the word for the picture now."""
        word = self._word_for(measured)
        self._times = self._times + 1 if word is self._said else 1
        self._said = word
        is_first_and_good = self.picture is Picture.UNKNOWN and word is Picture.OK
        if self._times >= AGREEING or is_first_and_good:
            self.picture = word
        return self.picture

    def _word_for(self, measured: Measured) -> Picture:
        is_frozen = self._is_frozen(measured)
        if measured.luma < DARK_BELOW_LUMA:
            return Picture.DARK
        if measured.detail < COVERED_BELOW_DETAIL:
            return Picture.COVERED
        return Picture.FROZEN if is_frozen else Picture.OK

    def _is_frozen(self, measured: Measured) -> bool:
        last_s, self._last_s = self._last_s, measured.at_s
        if measured.change is None or last_s is None or measured.change >= FROZEN_BELOW_CHANGE:
            self._same_since_s, self._same_times = None, 0
            return False
        if self._same_since_s is None:
            self._same_since_s = last_s
        self._same_times += 1
        lasted_s = measured.at_s - self._same_since_s
        return self._same_times >= FROZEN_AFTER_KEYFRAMES and lasted_s >= FROZEN_AFTER_S
