"""Decides which stretches of time become gaps, and why. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.footage import GapCause
from core.timerange import TimeRange
from recorder.capture.timeline import STEP_S, Instant

TOUCHING = timedelta(milliseconds=100)
"""Runs that are at most so far apart have no gap between them: arrival is no more exact."""
OVERLAP = timedelta(seconds=2)
"""Footage that starts so long before the footage before it ended was labelled by a clock that
had been set in between."""
PIECE = timedelta(seconds=60)
"""A gap that lasts is stated in pieces, so that the centre hears its cause while it lasts."""
CREDIBLE_UTC = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that shows an earlier time is wrong: this program is younger."""
_STEP = timedelta(seconds=STEP_S)
_RUN_FOLLOWS = (None, GapCause.CLOCK_STEPPED)
"""Footage comes, or will at once: where it begins says what a change of the clock left."""
_AWAY = (GapCause.AGENT_STOPPED, GapCause.AGENT_DIED)


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch without footage."""

    range: TimeRange
    cause: GapCause


class GapBook:
    """Follows one camera's footage and names every hole in it.

    Statements come out in the order of what happened. The clock may be set at any time: what lay
    before is stated with its own cause and by the clock as it was, what the clock leapt over (or
    goes through again) as `clock_stepped`. No gap reaches back to a time that only a clock which
    was wrong from the start has shown. See docs/design/time.md.

    Args:
        end_utc: Where footage or the last stated gap ended; None: nothing was ever recorded,
            so nothing is missing until something is blamed.
        cause: Why nothing came since.
        began: When recording was begun; what is blamed first is blamed since then. `end_utc`
            is told by the clock as it was then, or by that of an earlier start.
    """

    def __init__(self, end_utc: datetime | None, cause: GapCause, began: Instant) -> None:
        self._end_utc = end_utc
        self._began_utc = began.utc
        self._cause: GapCause | None = cause
        self._wall_offset_s = began.wall_offset_s
        self._is_new = end_utc is None
        self._goes_on = False
        self._left_utc: datetime | None = None
        """Where it ended before footage came whose clock shows an impossible time."""

    def run_began(self, now: Instant) -> None:
        """A run begins: it tells its footage's time by the clock as it is now."""
        if self._cause is None and self._is_set(now):
            self._cause = GapCause.CLOCK_STEPPED
        self._wall_offset_s = now.wall_offset_s

    def went_on(self) -> None:
        """The next footage is of a picture that came at once, wherever its time begins."""
        self._goes_on = True

    def recorded(self, start_utc: datetime, end_utc: datetime) -> list[Missing]:
        """Footage was written; gives what is missing before it.

        When its start lies far before the end of what was recorded earlier, the clock was set
        back: the stretch that both call their own is named too.
        """
        before_utc, cause = self._end_utc, self._cause
        self._end_utc, self._cause, self._is_new = end_utc, None, False
        goes_on, self._goes_on = self._goes_on and cause is None, False
        if before_utc is None or goes_on:
            return []
        if start_utc - before_utc > TOUCHING:
            return self._missed(before_utc, start_utc, cause or GapCause.CAMERA_SILENT)
        if before_utc - start_utc > OVERLAP:
            return self._doubled(start_utc, before_utc)
        return []

    def blamed(self, cause: GapCause, now: Instant) -> list[Missing]:
        """Something keeps the camera from being recorded from now on.

        Gives the stretch before, when it had another cause.
        """
        if self._end_utc is None:
            self.clock_read(now)
            self._end_utc, self._cause = self._began_utc, None
        if self._cause is None or (self._is_set(now) and self._cause is GapCause.CLOCK_STEPPED):
            self._cause = cause  # no run follows that would say what a change of the clock left
        stated = self.clock_read(now)
        earlier, self._cause = self._cause, cause
        if earlier is not cause:
            stated += self._until(now.utc, earlier, timedelta(0))
        return stated

    def waited(self, now: Instant) -> list[Missing]:
        """Time passes without footage; gives a piece of the gap now and then."""
        return self._piece(now, PIECE)

    def stopped(self, now: Instant) -> list[Missing]:
        """Recording ends on purpose; gives what is still missing, which had another cause."""
        return self._piece(now, TOUCHING)

    def clock_read(self, now: Instant) -> list[Missing]:
        """See whether the clock was set, and give what that left; to be called before all else.

        While footage comes, its next run says it.
        """
        is_set, step = self._is_set(now), self._step(now)
        if is_set and self._end_utc is not None and self._cause in _RUN_FOLLOWS:
            return []
        self._wall_offset_s = now.wall_offset_s
        return self._stepped(now.utc - step, now.utc) if is_set else []

    def _step(self, now: Instant) -> timedelta:
        return timedelta(seconds=now.wall_offset_s - self._wall_offset_s)

    def _is_set(self, now: Instant) -> bool:
        return abs(self._step(now)) > _STEP

    def _stepped(self, old_utc: datetime, new_utc: datetime) -> list[Missing]:
        """The clock showed `old_utc`, and shows `new_utc` instead."""
        end_utc, cause = self._end_utc, self._cause
        if end_utc is None or cause is None:
            self._began_utc += new_utc - old_utc
            return []
        if self._is_new or end_utc < CREDIBLE_UTC:
            return self._told_anew(end_utc, min(end_utc + (new_utc - old_utc), new_utc))
        if cause in _AWAY and new_utc >= end_utc:
            return []  # whatever the clock did then, nobody was there
        stated = [] if old_utc <= end_utc else [Missing(TimeRange(end_utc, old_utc), cause)]
        left_utc = max(end_utc, old_utc)
        self._end_utc = left_utc if new_utc < CREDIBLE_UTC else new_utc
        return stated + _leapt(left_utc, self._end_utc)

    def _told_anew(self, by_old_utc: datetime, by_new_utc: datetime) -> list[Missing]:
        """The end was told by a clock that was wrong from the start, and is by the new one."""
        self._end_utc = by_new_utc
        if by_old_utc < CREDIBLE_UTC <= by_new_utc:
            return self._missed(by_old_utc, by_new_utc, GapCause.CLOCK_STEPPED)
        return []

    def _missed(self, from_utc: datetime, to_utc: datetime, cause: GapCause) -> list[Missing]:
        if not from_utc < CREDIBLE_UTC <= to_utc:
            return [Missing(TimeRange(from_utc, to_utc), cause)]
        left_utc, self._left_utc = self._left_utc, None
        return [] if left_utc is None or left_utc > to_utc else _leapt(left_utc, to_utc)

    def _doubled(self, from_utc: datetime, to_utc: datetime) -> list[Missing]:
        if from_utc < CREDIBLE_UTC <= to_utc:
            self._left_utc = to_utc
            return []
        return _leapt(from_utc, to_utc)

    def _piece(self, now: Instant, at_least: timedelta) -> list[Missing]:
        stated = self.clock_read(now)
        if self._cause is None or self._cause is GapCause.CLOCK_STEPPED:
            return stated  # after a step a run follows at once, and `now` is of the new clock
        return stated + self._until(now.utc, self._cause, at_least)

    def _until(self, now_utc: datetime, cause: GapCause, at_least: timedelta) -> list[Missing]:
        end_utc = self._end_utc
        if end_utc is None or now_utc - end_utc <= at_least or now_utc < CREDIBLE_UTC:
            return []
        self._end_utc = now_utc
        return self._missed(end_utc, now_utc, cause)


def _leapt(one_utc: datetime, other_utc: datetime) -> list[Missing]:
    if one_utc == other_utc:
        return []
    leapt = TimeRange(min(one_utc, other_utc), max(one_utc, other_utc))
    return [Missing(leapt, GapCause.CLOCK_STEPPED)]
