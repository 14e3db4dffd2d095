"""Brings one camera's spool, journal and stock in line, after whatever happened before.

Done at every start, and again when the disk comes back: there is one way to begin, and it is
the way that follows a power cut.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from core.footage import Gap, GapCause, Run, Segment, SegmentEnd
from evidence.entry import EntryKind
from evidence.statements import statement_of
from recorder.boxes import Fragment
from recorder.errors import BoxError
from recorder.evicting import forfeit_gap_id
from recorder.files import disk_errors, sync_directory
from recorder.init_boxes import read_init
from recorder.journal import Journal
from recorder.layout import (
    INIT_NAME,
    SegmentFacts,
    camera_directory,
    facts_of,
    init_path,
    read_name,
    segment_path,
)
from recorder.sealing import Sealing, stocked_init, stocked_segment
from recorder.spool import media_duration
from recorder.stock import Stock
from recorder.stocked import ObjectState
from recorder.whole_fragments import cut_to_whole_fragments, read_fragments


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

    def run(self) -> Recovered:
        """Do all of it.

        Raises:
            DiskError: The disk does not take or give what is needed; nothing was lost by trying.
            StockError: The same of the stock.
        """
        self._catch_up_stock()
        self._finish_evictions()
        closed = tuple(self._close_left_segments())
        return Recovered(end_utc=self._end_utc(), cause=self._cause(), closed=closed)

    def _catch_up_stock(self) -> None:
        """Stock lines that are in the journal and not in the stock."""
        last = self._journal.last
        if last is None:
            return
        for entry in self._journal.entries(self._stock.last_seq(self._camera_id, last.epoch)):
            statement = statement_of(entry)
            if isinstance(statement, Run):
                path = init_path(self._spool, self._camera_id, statement.run_id)
                self._stock.add(entry, stocked_init(statement, path))
            elif isinstance(statement, Segment):
                path = segment_path(self._spool, facts_of(statement))
                self._stock.add(entry, stocked_segment(statement, path))
            else:
                self._stock.add(entry)

    def _close_left_segments(self) -> Iterator[UUID]:
        for directory in self._run_directories():
            for leftover in directory.glob("*.new"):
                leftover.unlink()
            for path in sorted(directory.glob("*.open")):
                _finish(path)
            yield from self._state_unstated(directory)

    def _state_unstated(self, directory: Path) -> Iterator[UUID]:
        """Seal closed segments that no entry states, then let go of their open names."""
        for path in sorted(directory.glob("*.m4s")):
            facts = read_name(path)
            if facts is not None and not self._stock.has(facts.segment_id):
                self._state_run(directory, facts)
                self._sealing.segment(_measured(path, facts), path)
                yield facts.segment_id
        with disk_errors():
            for path in directory.glob("*.open"):
                path.unlink()

    def _state_run(self, directory: Path, facts: SegmentFacts) -> None:
        """State the run too when its entry was lost with the journal."""
        if not self._stock.has(facts.run_id):
            init = directory / INIT_NAME
            self._sealing.start(run_of(init.read_bytes(), facts), init)

    def _finish_evictions(self) -> None:
        """Delete segments whose eviction was stated and not done."""
        said = {
            statement.gap_id
            for entry in self._journal.newest_first()
            if isinstance(statement := statement_of(entry), Gap)
        }
        for stocked in self._stock.objects_of(self._camera_id, ObjectState.SEALED):
            if forfeit_gap_id(stocked.object_id) in said:
                with disk_errors():
                    stocked.path.unlink(missing_ok=True)
                self._stock.mark_evicted([stocked.object_id])

    def _run_directories(self) -> list[Path]:
        directory = camera_directory(self._spool, self._camera_id)
        if not directory.is_dir():
            return []
        return sorted(path for path in directory.iterdir() if (path / INIT_NAME).is_file())

    def _end_utc(self) -> datetime | None:
        """Where the newest stated footage or gap ends."""
        for entry in self._journal.newest_first():
            statement = statement_of(entry)
            if isinstance(statement, (Segment, Gap)):
                return statement.range.end_utc
        return None

    def _cause(self) -> GapCause:
        last = self._journal.last
        if last is not None and last.kind is EntryKind.STOP:
            return GapCause.AGENT_STOPPED
        return GapCause.AGENT_DIED


def run_of(init: bytes, facts: SegmentFacts) -> Run:
    """The run an init belongs to, begun by the segment of these facts."""
    video = read_init(init)
    return Run(
        run_id=facts.run_id,
        camera_id=facts.camera_id,
        start_utc=facts.start_utc,
        init_sha256=hashlib.sha256(init).hexdigest(),
        init_size_bytes=len(init),
        codec=video.codec,
        width=video.width,
        height=video.height,
        timescale=video.timescale,
    )


def _finish(path: Path) -> None:
    """Give an open segment its final name, without what a crash left half-written."""
    final = path.with_suffix(".m4s")
    with disk_errors():
        if final.exists():
            return
        if cut_to_whole_fragments(path) == 0:
            path.unlink()
            return
        final.hardlink_to(path)
        sync_directory(path.parent)


def _measured(path: Path, facts: SegmentFacts) -> Segment:
    """What a closed segment's entry states, from its bytes and its name."""
    with disk_errors():
        data = path.read_bytes()
        init = (path.parent / INIT_NAME).read_bytes()
    fragments: list[Fragment] = read_fragments(data)
    if not fragments:
        raise BoxError(f"segment {facts.segment_id} holds no fragment")
    ticks = sum(fragment.duration for fragment in fragments)
    return Segment(
        segment_id=facts.segment_id,
        run_id=facts.run_id,
        camera_id=facts.camera_id,
        number=facts.number,
        start_utc=facts.start_utc,
        media_duration=media_duration(ticks, read_init(init).timescale),
        frame_count=sum(fragment.sample_count for fragment in fragments),
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        end=SegmentEnd.RECOVERED,
        clock_offset_s=facts.clock_offset_s,
        is_clock_synced=facts.is_clock_synced,
    )
