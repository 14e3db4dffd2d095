"""Adds what lines state to the index, held to the rows that it knows under the same ids."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.footage import Gap, Run, Segment
from evidence.entry import Entry
from storage.index.footage_tables import GapRow, RunRow, SegmentRow
from storage.intake.reading import Refusal
from storage.intake.rows import GONE_FROM_DEVICE, SegmentState, gap_row, run_row, segment_row

_Row = TypeVar("_Row", RunRow, SegmentRow, GapRow)


class KnownRows:
    """The rows that one request's lines speak of; what is added is known from then on.

    Args:
        session: In a transaction.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._runs: dict[UUID, RunRow | None] = {}
        self._segments: dict[UUID, SegmentRow | None] = {}
        self._gaps: dict[UUID, GapRow | None] = {}

    def look_up(self, statements: Iterable[Run | Segment | Gap | None]) -> None:
        """Read at once what stands under the ids of these."""
        stated = list(statements)
        segments = {s.segment_id for s in stated if isinstance(s, Segment)}
        runs = {s.run_id for s in stated if isinstance(s, Run | Segment)}
        gaps = {s.gap_id for s in stated if isinstance(s, Gap)}
        self._runs |= self._read(RunRow, RunRow.run_id, runs)
        self._segments |= self._read(SegmentRow, SegmentRow.segment_id, segments)
        self._gaps |= self._read(GapRow, GapRow.gap_id, gaps)

    def run(self, run_id: UUID) -> RunRow | None:
        """The run under this id."""
        if run_id not in self._runs:
            self._runs |= self._read(RunRow, RunRow.run_id, {run_id})
        return self._runs[run_id]

    def segment(self, segment_id: UUID) -> SegmentRow | None:
        """The segment under this id."""
        if segment_id not in self._segments:
            self._segments |= self._read(SegmentRow, SegmentRow.segment_id, {segment_id})
        return self._segments[segment_id]

    def gap(self, gap_id: UUID) -> GapRow | None:
        """The gap under this id."""
        if gap_id not in self._gaps:
            self._gaps |= self._read(GapRow, GapRow.gap_id, {gap_id})
        return self._gaps[gap_id]

    def add(self, row: RunRow | SegmentRow | GapRow) -> None:
        """Add a row under an id that nothing stands under; it is written by the commit."""
        self.session.add(row)
        match row:
            case RunRow():
                self._runs[row.run_id] = row
            case SegmentRow():
                self._segments[row.segment_id] = row
            case GapRow():
                self._gaps[row.gap_id] = row

    def _read(
        self, kind: type[_Row], key: InstrumentedAttribute[UUID], ids: Collection[UUID]
    ) -> dict[UUID, _Row | None]:
        if not ids:
            return {}
        rows = self.session.execute(select(key, kind).where(key.in_(ids)))
        found: dict[UUID, _Row] = {row[0]: row[1] for row in rows}
        return {row_id: found.get(row_id) for row_id in ids}


def add_run(rows: KnownRows, run: Run, entry: Entry) -> Refusal | None:
    """Add a run unless it is known; refuse another one under its id.

    A device that lost its journal states a run anew from what it still holds, which may begin
    later: its init is the same, and the row that is there says where that lies.
    """
    known = rows.run(run.run_id)
    if known is None:
        rows.add(run_row(run, entry, init_stored_utc=None))
        return None
    same = (known.camera_id, known.init_sha256, known.init_size_bytes) == (
        run.camera_id,
        run.init_sha256,
        run.init_size_bytes,
    )
    return None if same else _conflict(f"run {run.run_id}")


def add_segment(
    rows: KnownRows, segment: Segment, entry: Entry, now_utc: datetime
) -> Refusal | None:
    """Announce a segment unless it is known; refuse one without its run or with other bytes."""
    run = rows.run(segment.run_id)
    if run is None or run.camera_id != segment.camera_id:
        return Refusal(
            sentence=f"segment {segment.segment_id} belongs to run {segment.run_id}, "
            "which nobody announced for this camera"
        )
    row = segment_row(segment, entry, now_utc, stored_utc=None)
    known = rows.segment(segment.segment_id)
    if known is None:
        rows.add(row)
        return None
    same = (known.object_key, known.run_id, known.number, known.sha256, known.size_bytes) == (
        row.object_key,
        row.run_id,
        row.number,
        row.sha256,
        row.size_bytes,
    )
    return None if same else _conflict(f"segment {segment.segment_id}")


def contradicts(rows: KnownRows, gap: Gap) -> Refusal | None:
    """Refuses another gap under a known id."""
    known = rows.gap(gap.gap_id)
    if known is None:
        return None
    same = (known.camera_id, known.start_utc, known.end_utc, known.cause) == (
        gap.camera_id,
        gap.range.start_utc,
        gap.range.end_utc,
        gap.cause.value,
    )
    return None if same else gap_conflict(gap)


def add_gap(rows: KnownRows, gap: Gap, entry: Entry, now_utc: datetime) -> None:
    """Add a gap unless it is known; what it says is gone is no longer expected."""
    if rows.gap(gap.gap_id) is not None:
        return
    rows.add(gap_row(gap, entry, now_utc))
    if gap.cause in GONE_FROM_DEVICE:
        _give_up(rows.session, gap)


def gap_conflict(gap: Gap) -> Refusal:
    """Another gap is known under its id."""
    return _conflict(f"gap {gap.gap_id}")


def _give_up(session: Session, gap: Gap) -> None:
    session.execute(
        update(SegmentRow)
        .where(
            SegmentRow.camera_id == gap.camera_id,
            SegmentRow.state == SegmentState.ANNOUNCED.value,
            SegmentRow.start_utc >= gap.range.start_utc,
            SegmentRow.end_utc <= gap.range.end_utc,
        )
        .values(state=SegmentState.LOST.value)
    )


def _conflict(what: str) -> Refusal:
    return Refusal(sentence=f"{what} is known with other contents", incident="object_conflict")
