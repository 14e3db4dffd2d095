"""Whether a viewer's link carries the whole stream, told by its own reports. Pure."""

TOO_MUCH = 0.10
"""Lost packets that requests cannot make good: a link that is too narrow loses far more, one
that is merely bad loses less."""
LITTLE = 0.02
REPORTS_IN_A_ROW = 2
"""One report can be a burst of something else; browsers send one a second."""
FIRST_CALM_S = 8.0
LONGEST_CALM_S = 60.0
RELAPSE_S = 30.0


class Thinning:
    """Decides between the whole stream and keyframes only.

    After a calm time the whole stream is tried again. Where that fails soon, the next try is
    later, so that a narrow link is not overrun every few seconds.
    """

    def __init__(self) -> None:
        self.is_thinned = False
        self._bad_in_a_row = 0
        self._calm_since_s: float | None = None
        self._calm_s = FIRST_CALM_S
        self._recovered_s: float | None = None

    def note(self, fraction_lost: float, now_s: float) -> bool:
        """Take a report; whether the decision is another than before."""
        was = self.is_thinned
        if self.is_thinned:
            self._note_thinned(fraction_lost, now_s)
        else:
            self._note_whole(fraction_lost, now_s)
        return self.is_thinned != was

    def _note_whole(self, fraction_lost: float, now_s: float) -> None:
        self._bad_in_a_row = self._bad_in_a_row + 1 if fraction_lost >= TOO_MUCH else 0
        if self._bad_in_a_row < REPORTS_IN_A_ROW:
            return
        is_relapse = self._recovered_s is not None and now_s - self._recovered_s < RELAPSE_S
        self._calm_s = min(LONGEST_CALM_S, self._calm_s * 2) if is_relapse else FIRST_CALM_S
        self.is_thinned, self._bad_in_a_row, self._calm_since_s = True, 0, None

    def _note_thinned(self, fraction_lost: float, now_s: float) -> None:
        if fraction_lost > LITTLE:
            self._calm_since_s = None
            return
        if self._calm_since_s is None:
            self._calm_since_s = now_s
        if now_s - self._calm_since_s >= self._calm_s:
            self.is_thinned, self._recovered_s = False, now_s
