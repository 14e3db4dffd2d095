"""Decides what leaves the recording disk to make room. Pure.

Deletion fails safe: what is not known for certain is kept, and somebody is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from recorder.stock.stocked import StockedObject

MAX_PER_PASS = 64
"""A wrong decision may not empty a disk in one go; the next pass is seconds away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUse:
    """What the file system says, for us and not for root."""

    free_bytes: int
    """`f_bavail` times `f_frsize`."""
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Eviction:
    """Segments to delete, oldest first."""

    stored: tuple[StockedObject, ...] = ()
    """Confirmed by the archive: nothing is lost."""
    unstored: tuple[StockedObject, ...] = ()
    """Not in the archive: each leaves a gap record, and an alarm."""


NOTHING = Eviction()


def is_short(use: DiskUse | None, reserve_bytes: int) -> TypeGuard[DiskUse]:
    """Whether something must go; not where it could not help, or where nothing is known."""
    return use is not None and use.free_bytes < reserve_bytes < use.total_bytes


def decide_eviction(
    use: DiskUse | None,
    reserve_bytes: int,
    stored: Sequence[StockedObject],
    unstored: Sequence[StockedObject],
) -> Eviction:
    """Say what must go so that `reserve_bytes` are free again.

    What the archive has goes first; what it has not goes only when that is not enough, for the
    newest hours of a polling day are worth more than the oldest.

    Args:
        use: None when it could not be read: then nothing goes.
        reserve_bytes: To be kept free.
        stored: Oldest first.
        unstored: Oldest first.
    """
    if not is_short(use, reserve_bytes):
        return NOTHING
    missing = reserve_bytes - use.free_bytes
    chosen, missing = _oldest(stored, missing, MAX_PER_PASS)
    if missing <= 0 or len(chosen) == MAX_PER_PASS:
        return Eviction(stored=chosen)
    lost, _ = _oldest(unstored, missing, MAX_PER_PASS - len(chosen))
    return Eviction(stored=chosen, unstored=lost)


def _oldest(
    candidates: Sequence[StockedObject], missing: int, at_most: int
) -> tuple[tuple[StockedObject, ...], int]:
    """As many as needed and allowed, and the bytes still missing."""
    chosen: list[StockedObject] = []
    for candidate in candidates[:at_most]:
        if missing <= 0:
            break
        chosen.append(candidate)
        missing -= candidate.size_bytes
    return tuple(chosen), missing


def seconds_left(use: DiskUse | None, reserve_bytes: int, bytes_per_s: float) -> float | None:
    """Until the reserve is touched at this rate; None when it cannot be known."""
    if use is None or bytes_per_s <= 0:
        return None
    return max(0.0, (use.free_bytes - reserve_bytes) / bytes_per_s)
