"""Holds rows of runs, segments and gaps to what the signed entries say of them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.footage import Gap, Run, Segment
from evidence.entry import Entry
from storage.index.footage_tables import GapRow, RunRow, SegmentRow
from storage.intake.rows import gap_row, run_row, segment_row

Statement = Run | Segment | Gap | None
Row = RunRow | SegmentRow | GapRow

_ANY_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_OF_THE_ARCHIVE = {
    "state",
    "announced_utc",
    "stored_utc",
    "deleted_utc",
    "init_stored_utc",
    "recorded_utc",
}
"""What became of it here, which no device signs."""
_SAME_BYTES = {
    RunRow: ("camera_id", "init_sha256", "init_size_bytes"),
    SegmentRow: ("camera_id", "run_id", "number", "sha256", "size_bytes", "object_key"),
    GapRow: ("camera_id", "start_utc", "end_utc", "cause"),
}
"""What stays the same when a device that lost its journal states it anew in another chain."""


def row_faults(
    session: Session, stated: Sequence[tuple[Entry, Statement]]
) -> Iterator[tuple[Entry, str]]:
    """Entries whose row is not what they state, each with a sentence."""
    rows = _rows(session, [statement for _, statement in stated])
    for entry, statement in stated:
        if statement is None:
            continue
        row = rows.get(_id_of(statement))
        if row is None:
            yield entry, f"the index has no row of the {entry.kind.value} that it states"
            continue
        wrong = _differences(row, _stated_row(statement, entry))
        if wrong:
            yield entry, f"the index says otherwise of: {', '.join(wrong)}"


def _differences(row: Row, stated: Row) -> list[str]:
    is_its_own = (row.epoch, row.seq) == (stated.epoch, stated.seq)
    names = _signed_names(row) if is_its_own else _SAME_BYTES[type(row)]
    return [name for name in names if getattr(row, name) != getattr(stated, name)]


def _signed_names(row: Row) -> Sequence[str]:
    names = (column.key for column in row.__mapper__.column_attrs)
    return [name for name in names if name not in _OF_THE_ARCHIVE]


def _stated_row(statement: Run | Segment | Gap, entry: Entry) -> Row:
    match statement:
        case Run():
            return run_row(statement, entry, init_stored_utc=None)
        case Segment():
            return segment_row(statement, entry, _ANY_UTC, stored_utc=None)
        case Gap():
            return gap_row(statement, entry, _ANY_UTC)


def _id_of(statement: Run | Segment | Gap) -> UUID:
    match statement:
        case Run():
            return statement.run_id
        case Segment():
            return statement.segment_id
        case Gap():
            return statement.gap_id


def _rows(session: Session, statements: Sequence[Statement]) -> dict[UUID, Row]:
    runs = [s.run_id for s in statements if isinstance(s, Run)]
    segments = [s.segment_id for s in statements if isinstance(s, Segment)]
    gaps = [s.gap_id for s in statements if isinstance(s, Gap)]
    found: dict[UUID, Row] = {}
    found |= {r.run_id: r for r in session.scalars(select(RunRow).where(RunRow.run_id.in_(runs)))}
    found |= {
        r.segment_id: r
        for r in session.scalars(select(SegmentRow).where(SegmentRow.segment_id.in_(segments)))
    }
    found |= {g.gap_id: g for g in session.scalars(select(GapRow).where(GapRow.gap_id.in_(gaps)))}
    return found
