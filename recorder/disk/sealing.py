"""States what a camera recorded: signed entry first, then the station's stock."""

from collections import deque
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from core.footage import Gap, Run, Segment
from core.wire.upload import ObjectKind
from evidence.entry import Entry, EntryKind
from evidence.statements import gap_body, run_body, segment_body
from recorder.disk.gaps import Missing
from recorder.disk.journal import Journal
from recorder.disk.spool import media_duration
from recorder.steps import Reached, Step, go_on
from recorder.stock.file import StockError
from recorder.stock.stock import Stock
from recorder.stock.stocked import StockedObject

log = structlog.get_logger(__name__)
MAX_WAITING = 4096
"""Half a day of a camera's entries, some MiB."""
_NO_TIME = media_duration(0, 1)


class Sealing:
    """Seals one camera's footage. Used by one thread.

    An entry counts once it is durable in the journal. The stock follows; while it takes nothing
    the entries wait here, in order, and a start of the agent reads them from the journal again.

    Raises:
        DiskError: From every call: the entry is not in the journal.
        StockError: So many entries wait that recovery must read them from there.
    """

    def __init__(self, journal: Journal, stock: Stock, reached: Reached = go_on) -> None:
        self.journal = journal
        self._stock = stock
        self._reached = reached
        self._waiting: deque[tuple[Entry, StockedObject | None]] = deque()

    def start(self, run: Run, path: Path) -> None:
        """State a run, whose init is durable at `path`."""
        entry = self.journal.append(EntryKind.START, run_body(run))
        self._reached(Step.START_JOURNALLED)
        self._add(entry, stocked_init(run, path))
        self._reached(Step.START_STOCKED)

    def segment(self, segment: Segment, path: Path) -> None:
        """State a segment, which is durable at `path`."""
        entry = self.journal.append(EntryKind.SEGMENT, segment_body(segment))
        self._reached(Step.SEGMENT_JOURNALLED)
        self._add(entry, stocked_segment(segment, path))
        self._reached(Step.SEGMENT_STOCKED)

    def gap(self, missing: Missing, gap_id: UUID | None = None) -> Gap:
        """State a gap; the id is a new one unless given."""
        gap = Gap(
            gap_id=gap_id or uuid4(),
            camera_id=self.journal.camera_id,
            range=missing.range,
            cause=missing.cause,
            said_by="agent",
        )
        entry = self.journal.append(EntryKind.GAP, gap_body(gap))
        self._reached(Step.GAP_JOURNALLED)
        self._add(entry, None)
        self._reached(Step.GAP_STOCKED)
        return gap

    def stop(self) -> None:
        """State that recording ends on purpose."""
        entry = self.journal.append(EntryKind.STOP, {})
        self._reached(Step.STOP_JOURNALLED)
        self._add(entry, None)

    def _add(self, entry: Entry, stocked: StockedObject | None) -> None:
        self._waiting.append((entry, stocked))
        try:
            while self._waiting:
                self._stock.add(*self._waiting[0])
                self._waiting.popleft()
        except StockError as error:
            if len(self._waiting) > MAX_WAITING:
                raise
            log.warning("stock.behind", entries=len(self._waiting), error=str(error))


def stocked_init(run: Run, path: Path) -> StockedObject:
    """A run's init, as the stock keeps it."""
    return StockedObject(
        kind=ObjectKind.INIT,
        camera_id=run.camera_id,
        object_id=run.run_id,
        path=path,
        sha256=run.init_sha256,
        size_bytes=run.init_size_bytes,
        start_utc=run.start_utc,
        media_duration=_NO_TIME,
    )


def stocked_segment(segment: Segment, path: Path) -> StockedObject:
    """A segment, as the stock keeps it."""
    return StockedObject(
        kind=ObjectKind.SEGMENT,
        camera_id=segment.camera_id,
        object_id=segment.segment_id,
        path=path,
        sha256=segment.sha256,
        size_bytes=segment.size_bytes,
        start_utc=segment.start_utc,
        media_duration=segment.media_duration,
    )
