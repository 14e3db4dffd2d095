"""Gives every packet of a run a decode time that only grows. Pure.

Cameras miss, repeat and jump timestamps, and RTSP carries no decode times at all. What can be
repaired without lying about the time is repaired and counted; anything else ends the run.
"""

import heapq
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

HOLE_S = 2.0
"""A stretch without pictures that is longer is not footage: the run ends before it."""

REWIND_S = 0.5
"""A clock set back by less is repaired: its pictures are squeezed until time has caught up."""


class Break(StrEnum):
    """Why the packets after this point cannot be of the same run."""

    HOLE = "hole"
    """Media time went on without pictures."""
    BACKWARDS = "backwards"
    """Media time went back by more than a repair may hide."""
    REORDERED = "reordered"
    """Pictures come in a deeper order than the run was begun with."""


class BrokenTimestampsError(ValueError):
    """This packet cannot follow the one before it; it may open the next run."""

    def __init__(self, reason: Break) -> None:
        super().__init__(f"timestamps: {reason}")
        self.reason = reason


class Order(NamedTuple):
    """How the pictures of a run come."""

    depth: int
    """Pictures that may be presented out of decode order; 0 without B-frames."""
    is_stated: bool
    """Whether the parameter sets say so; else it was learned from the first pictures."""


class Stamp(NamedTuple):
    """Times of one packet, in ticks since its run began."""

    pts: int
    dts: int
    duration: int
    """Until the next packet, as far as known: the distance to the one before."""


def reorder_depth(pts: Sequence[int | None]) -> int:
    """How many pictures at most decode before one that is shown before them.

    Args:
        pts: Presentation times in decode order; unknown ones say nothing.
    """
    known = [value for value in pts if value is not None]
    later = (sum(other > value for other in known[:at]) for at, value in enumerate(known))
    return max(later, default=0)


class Timestamps:
    """The clock of one run.

    The first packet decodes at 0. When the source gives no decode times they are made: pictures
    come in decode order, so with pictures reordered by at most `depth` the decode time of a
    packet is the smallest of the last `depth + 1` presentation times.

    Args:
        time_base: Seconds a tick.
        frame_ticks: Expected distance of two pictures; used until one was measured.
        order: How pictures come. Where it is stated that they come in order, one that does not
            is of a camera that set its clock back a little, as the first RTCP report makes
            libavformat do when there is sound.
    """

    def __init__(self, *, time_base: Fraction, frame_ticks: int, order: Order) -> None:
        self.depth = order.depth
        self._is_stated = order.is_stated
        self.repaired_total = 0
        self._frame = max(1, frame_ticks)
        self._hole = max(1, int(HOLE_S / time_base))
        self._rewind = max(1, int(REWIND_S / time_base))
        self._waiting: list[int] = []
        self._zero: int | None = None
        self._last_dts: int | None = None
        self._last_pts: int | None = None

    @property
    def zero(self) -> int:
        """The source's ticks at the run's 0. Valid after the first packet."""
        return self._zero or 0

    def stamp(self, pts: int | None, dts: int | None) -> Stamp:
        """Take the source's times of the next packet in decode order.

        Raises:
            BrokenTimestampsError: It is of another run.
        """
        if pts is None:
            pts = self._presented(dts)
        if dts is None:
            dts = pts if self.depth == 0 else self._decoded(pts)
        if self._zero is None:
            self._zero = dts
        dts = self._after_last(dts - self._zero)
        self._last_pts = pts
        pts -= self._zero
        return Stamp(pts if pts > dts else dts, dts, self._frame)

    def _presented(self, dts: int | None) -> int:
        self.repaired_total += 1
        if dts is not None:
            return dts
        # libavformat counts a session's times from its first packet, and that one has none.
        return 0 if self._last_pts is None else self._last_pts + self._frame

    def _decoded(self, pts: int) -> int:
        if self._zero is None:
            # Before the first picture is shown, as many decode as may come out of order.
            self._waiting = [pts - n * self._frame for n in range(self.depth, 0, -1)]
        return heapq.heappushpop(self._waiting, pts)

    def _after_last(self, dts: int) -> int:
        if self._last_dts is None:
            self._last_dts = dts
            return dts
        distance = dts - self._last_dts
        if distance > self._hole and distance > 3 * self._frame:
            raise BrokenTimestampsError(Break.HOLE)
        if distance <= 0:
            distance = self._repaired(distance)
        else:
            self._frame = distance
        self._last_dts += distance
        return self._last_dts

    def _repaired(self, distance: int) -> int:
        if distance < -self._hole or (self._is_stated and distance < -self._rewind):
            raise BrokenTimestampsError(Break.BACKWARDS)
        if self.depth == 0 and distance < 0 and not self._is_stated:
            raise BrokenTimestampsError(Break.REORDERED)
        self.repaired_total += 1
        return 1
