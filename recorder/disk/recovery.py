"""Brings one camera's spool, journal and stock in line, after whatever happened before.

Done at every start, and again when the disk comes back: there is one way to begin, and it is
the way that follows a power cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

import structlog

from core.footage import Gap, GapCause, Run, Segment
from evidence.entry import Entry, EntryKind
from evidence.errors import ChainError, EntryError
from evidence.statements import statement_of
from recorder.disk.evicting import forfeit_gap_id
from recorder.disk.files import disk_errors
from recorder.disk.journal import Journal
from recorder.disk.layout import (
    INIT_NAME,
    SegmentFacts,
    camera_directory,
    facts_of,
    init_path,
    read_name,
    segment_path,
)
from recorder.disk.leftover import finish, measured, run_of, set_aside
from recorder.disk.sealing import Sealing, stocked_init, stocked_segment
from recorder.errors import BoxError
from recorder.stock.stock import Stock
from recorder.stock.stocked import ObjectState

log = structlog.get_logger(__name__)
_LATEST = 256
"""Entries among which an eviction that was cut short is looked for: the last one would do."""
_FORFEITS = frozenset({GapCause.EVICTED, GapCause.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """How a camera was left."""

    end_utc: datetime | None
    """End of the newest footage or gap; None: there is none."""
    cause: GapCause
    """Why nothing was recorded since."""
    closed: tuple[UUID, ...]
    """Segments that were open or unstated, closed now."""


class Recovery:
    """Recovers one camera. Each step may be cut short and is repeated by the next start.

    Args:
        spool: The spool's root.
        camera_id: Whose.
        journal: Freshly opened.
        stock: The station's.
        sealing: On that journal and stock.
    """

    def __init__(
        self, *, spool: Path, camera_id: UUID, journal: Journal, stock: Stock, sealing: Sealing
    ) -> None:
        self._spool = spool
        self._camera_id = camera_id
        self._journal = journal
        self._stock = stock
        self._sealing = sealing
        self._forfeits: set[UUID] = set()

    def run(self) -> Recovered:
        """Do all of it.

        Raises:
            DiskError: The disk does not take or give what is needed; nothing was lost by trying.
            StockError: The same of the stock.
        """
        with disk_errors():
            self._read_journal()
            self._finish_evictions()
            closed = tuple(self._close_left_segments())
            return Recovered(end_utc=self._end_utc(), cause=self._cause(), closed=closed)

    def _read_journal(self) -> None:
        """Bring the stock up to the journal; one that is damaged is left and begun anew."""
        try:
            self._check_nothing_is_missing()
            for entry in islice(self._journal.newest_first(), _LATEST):
                self._note_forfeit(entry)
            self._catch_up_stock()
        except EntryError as error:
            log.warning("journal.damaged", path=self._journal.path.name, error=str(error))
            self._journal.begin_epoch()

    def _check_nothing_is_missing(self) -> None:
        """A disk that lied may have lost the end of the journal and kept that of the stock."""
        last = self._journal.last
        if last is not None and self._stock.last_seq(self._camera_id, last.epoch) > last.seq:
            raise ChainError("the centre may have lines that the journal has not")

    def _catch_up_stock(self) -> None:
        """Stock lines that are in the journal and not in the stock."""
        last = self._journal.last
        if last is None:
            return
        for entry in self._journal.entries(self._stock.last_seq(self._camera_id, last.epoch)):
            self._note_forfeit(entry)
            statement = statement_of(entry)
            if isinstance(statement, Run):
                path = init_path(self._spool, self._camera_id, statement.run_id)
                self._stock.add(entry, stocked_init(statement, path))
            elif isinstance(statement, Segment):
                path = segment_path(self._spool, facts_of(statement))
                self._stock.add(entry, stocked_segment(statement, path))
            else:
                self._stock.add(entry)

    def _note_forfeit(self, entry: Entry) -> None:
        if entry.kind is EntryKind.GAP and isinstance(gap := statement_of(entry), Gap):
            self._forfeits.add(gap.gap_id)

    def _close_left_segments(self) -> Iterator[UUID]:
        directories = self._run_directories()
        for directory in directories:
            for leftover in directory.glob("*.new"):
                leftover.unlink()
            for path in sorted(directory.glob("*.open")):
                finish(path)
        for facts, path in self._unstated(directories):
            try:
                self._state(facts, path)
            except BoxError as error:
                # One file that nobody can play must not keep the camera from being recorded.
                log.warning("segment.damaged", path=path.name, error=str(error))
                set_aside(path)
            else:
                yield facts.segment_id
        for directory in directories:
            for path in directory.glob("*.open"):
                path.unlink()

    def _unstated(self, directories: list[Path]) -> list[tuple[SegmentFacts, Path]]:
        """Closed segments that no entry states, in the order they were recorded in."""
        found = [
            (facts, path)
            for directory in directories
            for path in directory.glob("*.m4s")
            if (facts := read_name(path)) is not None and not self._stock.has(facts.segment_id)
        ]
        return sorted(found, key=lambda pair: (pair[0].start_utc, pair[0].number))

    def _state(self, facts: SegmentFacts, path: Path) -> None:
        """State a segment, and its run too when its entry was lost with the journal."""
        segment = measured(path, facts)
        if not self._stock.has(facts.run_id):
            init = path.with_name(INIT_NAME)
            self._sealing.start(run_of(init.read_bytes(), facts), init)
        self._sealing.segment(segment, path)

    def _finish_evictions(self) -> None:
        """Delete segments whose eviction was stated and not done."""
        for stocked in self._stock.objects_of(self._camera_id, ObjectState.SEALED):
            if forfeit_gap_id(stocked.object_id) in self._forfeits:
                stocked.path.unlink(missing_ok=True)
                self._stock.mark_evicted([stocked.object_id])

    def _run_directories(self) -> list[Path]:
        directory = camera_directory(self._spool, self._camera_id)
        if not directory.is_dir():
            return []
        return sorted(path for path in directory.iterdir() if (path / INIT_NAME).is_file())

    def _end_utc(self) -> datetime | None:
        """Where the newest stated footage or gap ends; what was given up later ended long ago."""
        for entry in self._journal.newest_first():
            statement = statement_of(entry)
            if isinstance(statement, Segment):
                return statement.range.end_utc
            if isinstance(statement, Gap) and statement.cause not in _FORFEITS:
                return statement.range.end_utc
        return self._stock.end_of(self._camera_id)

    def _cause(self) -> GapCause:
        last = self._journal.last
        if last is not None and last.kind is EntryKind.STOP:
            return GapCause.AGENT_STOPPED
        return GapCause.AGENT_DIED
