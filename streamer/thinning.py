"""How much of a stream a viewer's link carries, told by its own reports. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

WINDOW_S = 0.8
"""Browsers report five times a second and after each loss: one report says nothing."""
WINDOW_PACKETS = 24
LONGEST_WINDOW_S = 5.0
TOO_MUCH = 0.15
"""Lost packets that requests cannot make good: a link that is too narrow loses far more, one
that is merely bad loses less."""
LITTLE = 0.08
SUSPICIOUS = 0.1
TOO_NARROW = 0.75
"""Share of the stream that the viewer believes its link to carry. Beliefs err, so it counts only
with a loss or a delay beside it."""
QUEUED_S = 0.8
"""More of a round trip than the shortest of this viewer: packets wait before a narrow place. A busy
computer answers late as well, and its estimate is low after it was brought to the present."""
WINDOWS_IN_A_ROW = 3
"""A link that drops out for a second is not narrow."""
TRIAL_S = 10.0
FAR_TOO_MUCH = 0.4
"""So soon after more was tried, one window of so much loss has said it."""
FIRST_CALM_S = 8.0
LONGEST_CALM_S = 60.0
RELAPSE_S = 30.0
BELIEVED_S = 5.0
FADING = 0.9


class Share(StrEnum):
    """What a viewer is sent of a camera, from the most to the least."""

    WHOLE = "whole"
    SMALLER = "smaller"
    """The camera's smaller stream."""
    KEYFRAMES = "keyframes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How what was sent has arrived so far, by the viewer's totals."""

    lost_total: int
    highest_sequence: int
    round_trip_s: float | None


class Losses:
    """Loss by windows of time that hold enough packets to say something."""

    def __init__(self) -> None:
        self._since: tuple[Arrival, float] | None = None

    def add(self, arrival: Arrival, now_s: float) -> float | None:
        """Take a report; the share that was lost once a window is over, else None."""
        if self._since is None:
            self._since = arrival, now_s
            return None
        before, since_s = self._since
        expected = arrival.highest_sequence - before.highest_sequence
        passed_s = now_s - since_s
        if passed_s < WINDOW_S or (expected < WINDOW_PACKETS and passed_s < LONGEST_WINDOW_S):
            return None
        self._since = arrival, now_s
        if expected <= 0:
            return None
        lost = arrival.lost_total - before.lost_total
        return min(1.0, max(0, lost) / expected)  # a viewer may say anything


class Thinning:
    """Decides how much of the stream is sent.

    After a calm time more is tried again. Where that fails soon, the next try is later, so that
    a narrow link is not overrun every few seconds.
    """

    def __init__(self) -> None:
        self.share = Share.WHOLE
        self.loss = 0.0
        """Of the last window."""
        self.lately = 0.0
        """The worst of the last windows, fading: one in a hundred is often none of these."""
        self._losses = Losses()
        self._estimate: tuple[int, float] | None = None
        self._least_round_trip_s: float | None = None
        self._bad_in_a_row = 0
        self._calm_since_s: float | None = None
        self._calm_s: dict[Share, float] = {}
        """Before each is tried again; one that failed soon after it was tried waits longer."""
        self._recovered_s = -math.inf
        self._is_trial = False
        """Whether it went up last, and not down."""

    def note_estimate(self, bits_per_s: int, now_s: float) -> None:
        """Remember what the viewer believes its link to carry."""
        self._estimate = bits_per_s, now_s

    def note_begun(self, now_s: float) -> None:
        """The share that was decided on begins: what was seen before was of another one."""
        self._losses, self._estimate = Losses(), None
        if self._is_trial:
            self._recovered_s = now_s

    def note(
        self, arrival: Arrival, whole_bps: int, offered: Sequence[Share], now_s: float
    ) -> bool:
        """Take a report; whether the decision is another than before.

        Args:
            arrival: The viewer's totals.
            whole_bps: What the whole stream takes.
            offered: What there is to be sent, from the most to the least.
            now_s: The present.
        """
        was = self.share
        if self.share not in offered:
            self._become(offered[-1])  # the smaller stream has ended
            self._is_trial = False
        loss = self._losses.add(arrival, now_s)
        if loss is not None:
            self.loss, self.lately = loss, max(loss, FADING * self.lately)
            if self._is_overrun(loss, arrival.round_trip_s, whole_bps, now_s):
                self._note_bad(loss, offered, now_s)
            else:
                self._note_good(loss, offered, now_s)
        self._remember(arrival.round_trip_s)
        return self.share != was

    def _is_overrun(
        self, loss: float, round_trip_s: float | None, whole_bps: int, now_s: float
    ) -> bool:
        if loss >= TOO_MUCH:
            return True
        is_whole = self.share is Share.WHOLE  # an estimate grows only with what is sent
        if not is_whole or self._estimate is None or now_s - self._estimate[1] > BELIEVED_S:
            return False
        is_narrow = self._estimate[0] < TOO_NARROW * whole_bps
        return is_narrow and (loss >= SUSPICIOUS or self._is_queued(round_trip_s))

    def _is_queued(self, round_trip_s: float | None) -> bool:
        least_s = self._least_round_trip_s
        if round_trip_s is None or least_s is None:
            return False
        return round_trip_s - least_s >= QUEUED_S

    def _remember(self, round_trip_s: float | None) -> None:
        known_s = (round_trip_s, self._least_round_trip_s)
        self._least_round_trip_s = min((s for s in known_s if s is not None), default=None)

    def _note_bad(self, loss: float, offered: Sequence[Share], now_s: float) -> None:
        self._calm_since_s = None
        self._bad_in_a_row += 1
        tried_s = now_s - self._recovered_s
        is_refuted = self._is_trial and tried_s < TRIAL_S and loss >= FAR_TOO_MUCH
        less = offered[offered.index(self.share) + 1 :]
        if not less or (self._bad_in_a_row < WINDOWS_IN_A_ROW and not is_refuted):
            return
        is_relapse = self._is_trial and tried_s < RELAPSE_S
        calm_s = 2 * self._calm_of(self.share) if is_relapse else FIRST_CALM_S
        self._calm_s[self.share] = min(LONGEST_CALM_S, calm_s)
        self._become(less[0])
        self._is_trial = False

    def _calm_of(self, share: Share) -> float:
        return self._calm_s.get(share, FIRST_CALM_S)

    def _become(self, share: Share) -> None:
        """What was lost of the share before says nothing of this one."""
        self.share, self._bad_in_a_row, self._calm_since_s = share, 0, None
        self._losses = Losses()

    def _note_good(self, loss: float, offered: Sequence[Share], now_s: float) -> None:
        self._bad_in_a_row = 0
        if self.share is offered[0]:
            return
        if loss > LITTLE:
            self._calm_since_s = None
            return
        if self._calm_since_s is None:
            self._calm_since_s = now_s
        more = offered[offered.index(self.share) - 1]
        if now_s - self._calm_since_s >= self._calm_of(more):
            self._become(more)
            self._recovered_s, self._is_trial = now_s, True
