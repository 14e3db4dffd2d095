"""What reindexing writes of a run or a segment whose object it has seen, or its absence."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.footage import Gap, Run, Segment
from evidence.entry import Entry
from storage.index.footage_tables import RunRow, SegmentRow
from storage.intake.rows import SegmentState, run_row, segment_row

_AWAITED = (SegmentState.ANNOUNCED.value, SegmentState.LOST.value)


def expire_segment(session: Session, segment: Segment, entry: Entry, now_utc: datetime) -> None:
    """What a record says was deleted, and is not there: whatever an older index thinks of it."""
    row = session.get(SegmentRow, segment.segment_id)
    if row is None:
        row = segment_row(segment, entry, now_utc, stored_utc=now_utc)
        session.add(row)
    row.state = SegmentState.EXPIRED.value
    row.deleted_utc = row.deleted_utc or now_utc


def is_stored(session: Session, statement: Run | Segment | Gap | None) -> bool:
    """Whether its bytes were read once, so that a device was told and may have let go of them."""
    if isinstance(statement, Run):
        query = select(RunRow.init_stored_utc).where(RunRow.run_id == statement.run_id)
        return session.scalars(query).one_or_none() is not None
    if isinstance(statement, Segment):
        states = select(SegmentRow.state).where(SegmentRow.segment_id == statement.segment_id)
        return session.scalars(states).one_or_none() not in (None, *_AWAITED)
    return False


def store_run(session: Session, run: Run, entry: Entry, now_utc: datetime) -> None:
    """Its init was read and is right."""
    known = session.get(RunRow, run.run_id)
    if known is None:
        session.add(run_row(run, entry, init_stored_utc=now_utc))
    elif known.init_stored_utc is None:
        known.init_stored_utc = now_utc


def store_segment(session: Session, segment: Segment, entry: Entry, now_utc: datetime) -> None:
    """Its bytes were read and are right. What expired or is withheld stays so."""
    known = session.get(SegmentRow, segment.segment_id)
    if known is None:
        session.add(segment_row(segment, entry, now_utc, stored_utc=now_utc))
    elif known.state in _AWAITED:
        known.state, known.stored_utc = SegmentState.STORED.value, now_utc
