"""Decides where segments end. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from core.footage import LONGEST_SEGMENT, SegmentEnd
from recorder.media.boxes import Fragment

_LONGEST_S = LONGEST_SEGMENT // timedelta(seconds=1) - 60
"""Short of it by what a fragment may hold."""


class Cut(StrEnum):
    """What to do before a fragment is written."""

    NONE = "none"
    """It goes on the open segment."""
    OPEN = "open"
    """No segment is open: open one with it."""
    TARGET = "target"
    """Close the open segment, which has its length, and open one with it."""
    OVERLONG = "overlong"
    """Close the open segment, for no keyframe came in time, and open one with it."""
    HOLE = "hole"
    """Fragments before it are missing: close the open segment."""
    SKIP = "skip"
    """Nothing decodes from here: wait for the next keyframe."""

    @property
    def end(self) -> SegmentEnd | None:
        """Why the open segment ends; None when it goes on."""
        return {
            Cut.TARGET: SegmentEnd.TARGET,
            Cut.OVERLONG: SegmentEnd.OVERLONG,
            Cut.HOLE: SegmentEnd.RUN_ENDED,
        }.get(self)


@dataclass(slots=True)
class _Open:
    start: int
    end: int
    target: int


class Segmenter:
    """Cuts one run's fragments into segments of at least the target, always on a keyframe.

    A cut waits for a keyframe, so a segment can be longer than the target by a GOP. A camera
    that sends none in time ("smart" codecs stretch their GOP to minutes) is cut at a fragment
    after max(2 GOPs, 2 targets), an hour at most: losing a file then never means losing more.

    Args:
        timescale: Ticks a second of the run.
        target_s: Wanted media duration, > 0. May be changed; applies from the next segment.
        first_factor: The first segment's share of the target; see `stagger`.
    """

    def __init__(self, *, timescale: int, target_s: float, first_factor: float = 1.0) -> None:
        self.target_s = target_s
        self._timescale = timescale
        self._next_factor = first_factor
        self._open: _Open | None = None
        self._last_sync: int | None = None
        self._gop = 0

    def cut_before(self, fragment: Fragment) -> Cut:
        """Take the next fragment and say what happens before it is written."""
        cut = self._decide(fragment)
        self._note_gop(fragment)
        if cut is Cut.NONE and self._open is not None:
            self._open.end = fragment.end_time
        elif cut is Cut.HOLE:
            self._open = None
        elif cut is not Cut.SKIP:
            self._begin(fragment)
        return cut

    def forget(self) -> None:
        """The open segment was lost or closed by somebody else; the next needs a keyframe."""
        self._open = None

    def _decide(self, fragment: Fragment) -> Cut:
        if self._open is None:
            return Cut.OPEN if fragment.is_sync else Cut.SKIP
        if fragment.base_time != self._open.end:
            return Cut.HOLE
        length = fragment.base_time - self._open.start
        if length >= self._open.target and fragment.is_sync:
            return Cut.TARGET
        if length >= self._longest():
            return Cut.OVERLONG
        return Cut.NONE

    def _longest(self) -> int:
        longest = max(2 * self._gop, 2 * round(self.target_s * self._timescale))
        return min(longest, _LONGEST_S * self._timescale)

    def _begin(self, fragment: Fragment) -> None:
        target = round(self.target_s * self._next_factor * self._timescale)
        self._next_factor = 1.0
        self._open = _Open(fragment.base_time, fragment.end_time, target)

    def _note_gop(self, fragment: Fragment) -> None:
        if not fragment.is_sync:
            return
        if self._last_sync is not None and fragment.base_time > self._last_sync:
            self._gop = fragment.base_time - self._last_sync
        self._last_sync = fragment.base_time


def stagger(camera_id: UUID) -> float:
    """The first segment's share of the target, 0.5 up to 1.5, fixed for a camera.

    Cameras that start together would otherwise close, fsync and upload in the same second.
    """
    return 0.5 + (camera_id.int % 1009) / 1009
