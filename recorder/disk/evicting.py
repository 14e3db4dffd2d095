"""Takes segments off the disk, and says so where that loses something."""

from collections.abc import Iterable
from uuid import UUID, uuid5

from core.footage import GapCause
from core.timerange import TimeRange
from recorder.disk.files import disk_errors
from recorder.disk.gaps import Missing
from recorder.disk.sealing import Sealing
from recorder.errors import DiskError
from recorder.steps import Reached, Step
from recorder.stock.stock import Stock
from recorder.stock.stocked import ObjectState, StockedObject

_GAPS = UUID("6d0c4a0e-7d1f-4b52-9a5c-0f0b7b1f6f10")
"""Namespace of the ids of these gaps: the same segment's gap has the same id when a crash makes
it be stated twice."""


def evict_stored(objects: Iterable[StockedObject], stock: Stock, reached: Reached) -> None:
    """Delete segments the archive has; one that cannot be deleted keeps none of the others.

    Raises:
        DiskError, StockError: Not all; what was deleted is noted at the next attempt.
    """
    failure: DiskError | None = None
    for stocked in objects:
        try:
            with disk_errors():
                stocked.path.unlink(missing_ok=True)
        except DiskError as error:
            failure = error
            continue
        reached(Step.EVICTION_UNLINKED)
        stock.mark_evicted([stocked.object_id])
        reached(Step.EVICTION_STOCKED)
    if failure is not None:
        raise failure


def forfeit(
    stocked: StockedObject, cause: GapCause, sealing: Sealing, stock: Stock, reached: Reached
) -> GapCause | None:
    """Give up a segment the archive does not have: a gap is stated, then the file goes.

    It may be asked for again before it was done, or after the archive got hold of it: then
    nothing happens, nor when a file that was missed is there. One that is to make room and is
    not there was lost some other way.

    Args:
        stocked: One of the camera whose chain `sealing` writes.
        cause: EVICTED to make room; LOST when its file vanished by itself.
        sealing: The camera's.
        stock: The station's.
        reached: Told of each step.

    Returns:
        The cause that was stated; None: nothing had to be.

    Raises:
        DiskError, StockError: Not done, or not to its end; to be repeated.
    """
    stated = _cause_of(stocked, cause, stock)
    if stated is None:
        return None
    end_utc = stocked.start_utc + stocked.media_duration
    missing = Missing(TimeRange(stocked.start_utc, end_utc), stated)
    sealing.gap(missing, gap_id=forfeit_gap_id(stocked.object_id))
    reached(Step.EVICTION_JOURNALLED)
    with disk_errors():
        stocked.path.unlink(missing_ok=True)
    reached(Step.EVICTION_UNLINKED)
    mark = stock.mark_lost if stated is GapCause.LOST else stock.mark_evicted
    mark([stocked.object_id])
    reached(Step.EVICTION_STOCKED)
    return stated


def _cause_of(stocked: StockedObject, cause: GapCause, stock: Stock) -> GapCause | None:
    """Why it is really given up, seen from the disk; None: it is not."""
    if stock.state_of(stocked.object_id) is not ObjectState.SEALED:
        return None
    with disk_errors():
        is_there = stocked.path.exists()
    if not is_there:
        return GapCause.LOST
    return None if cause is GapCause.LOST else cause


def forfeit_gap_id(object_id: UUID) -> UUID:
    """The id of the gap a segment leaves when it is given up."""
    return uuid5(_GAPS, str(object_id))
