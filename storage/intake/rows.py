"""From statements to rows of the index."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.footage import Gap, GapCause, Run, Segment
from evidence.entry import Entry
from storage.index.footage_tables import EntryRow, GapRow, RunRow, SegmentRow
from storage.intake.reading import Refusal
from storage.objects.keys import init_key, segment_key

GONE_FROM_DEVICE = (GapCause.EVICTED, GapCause.LOST)
"""Causes that say an announced segment can no longer come."""
_MICROSECOND = timedelta(microseconds=1)


class SegmentState(StrEnum):
    """Where a segment is in its life."""

    ANNOUNCED = "announced"
    STORED = "stored"
    LOST = "lost"
    EXPIRED = "expired"
    WITHHELD = "withheld"


def entry_row(entry: Entry, received_utc: datetime) -> EntryRow:
    """The line as it is kept."""
    return EntryRow(
        camera_id=entry.camera_id,
        epoch=entry.epoch,
        seq=entry.seq,
        device_id=entry.device_id,
        kind=entry.kind.value,
        line=entry.line,
        sha256=entry.sha256,
        received_utc=received_utc,
    )


def run_row(run: Run, entry: Entry, *, init_stored_utc: datetime | None) -> RunRow:
    """A run; `init_stored_utc` is None until its init is checked."""
    return RunRow(
        run_id=run.run_id,
        camera_id=run.camera_id,
        device_id=entry.device_id,
        epoch=entry.epoch,
        seq=entry.seq,
        start_utc=run.start_utc,
        init_sha256=run.init_sha256,
        init_size_bytes=run.init_size_bytes,
        codec=run.codec,
        width=run.width,
        height=run.height,
        timescale=run.timescale,
        object_key=init_key(run.camera_id, run.start_utc, run.run_id),
        init_stored_utc=init_stored_utc,
    )


def segment_row(
    segment: Segment, entry: Entry, announced_utc: datetime, *, stored_utc: datetime | None
) -> SegmentRow:
    """A segment, stored if it is known since when and otherwise announced."""
    return SegmentRow(
        segment_id=segment.segment_id,
        run_id=segment.run_id,
        camera_id=segment.camera_id,
        device_id=entry.device_id,
        epoch=entry.epoch,
        seq=entry.seq,
        number=segment.number,
        start_utc=segment.range.start_utc,
        end_utc=segment.range.end_utc,
        media_duration_us=segment.media_duration // _MICROSECOND,
        frame_count=segment.frame_count,
        sha256=segment.sha256,
        size_bytes=segment.size_bytes,
        end=segment.end.value,
        clock_offset_s=segment.clock_offset_s,
        is_clock_synced=segment.is_clock_synced,
        object_key=segment_key(segment.camera_id, segment.start_utc, segment.segment_id),
        state=(SegmentState.STORED if stored_utc else SegmentState.ANNOUNCED).value,
        announced_utc=announced_utc,
        stored_utc=stored_utc,
    )


def gap_row(gap: Gap, entry: Entry | None, recorded_utc: datetime) -> GapRow:
    """A gap; without an entry where the archive or a person states it."""
    return GapRow(
        gap_id=gap.gap_id,
        camera_id=gap.camera_id,
        start_utc=gap.range.start_utc,
        end_utc=gap.range.end_utc,
        cause=gap.cause.value,
        said_by=gap.said_by,
        epoch=entry.epoch if entry else None,
        seq=entry.seq if entry else None,
        recorded_utc=recorded_utc,
    )


def add_run(session: Session, run: Run, entry: Entry) -> Refusal | None:
    """Add a run unless it is known; refuse another one under its id."""
    row = run_row(run, entry, init_stored_utc=None)
    known = session.get(RunRow, run.run_id)
    if known is None:
        session.add(row)
        return None
    same = (known.camera_id, known.init_sha256, known.init_size_bytes, known.object_key) == (
        row.camera_id,
        row.init_sha256,
        row.init_size_bytes,
        row.object_key,
    )
    return None if same else _conflict(f"run {run.run_id}")


def add_segment(
    session: Session, segment: Segment, entry: Entry, now_utc: datetime
) -> Refusal | None:
    """Announce a segment unless it is known; refuse one without its run or with other bytes."""
    run = session.get(RunRow, segment.run_id)
    if run is None or run.camera_id != segment.camera_id:
        return Refusal(
            sentence=f"segment {segment.segment_id} belongs to run {segment.run_id}, "
            "which nobody announced for this camera"
        )
    row = segment_row(segment, entry, now_utc, stored_utc=None)
    known = session.get(SegmentRow, segment.segment_id)
    if known is None:
        session.add(row)
        return None
    same = (known.object_key, known.run_id, known.number, known.sha256, known.size_bytes) == (
        row.object_key,
        row.run_id,
        row.number,
        row.sha256,
        row.size_bytes,
    )
    return None if same else _conflict(f"segment {segment.segment_id}")


def add_gap(session: Session, gap: Gap, entry: Entry, now_utc: datetime) -> Refusal | None:
    """Add a gap unless it is known; what it says is gone is no longer expected."""
    row = gap_row(gap, entry, now_utc)
    known = session.get(GapRow, gap.gap_id)
    if known is not None:
        same = (known.camera_id, known.start_utc, known.end_utc, known.cause) == (
            row.camera_id,
            row.start_utc,
            row.end_utc,
            row.cause,
        )
        return None if same else _conflict(f"gap {gap.gap_id}")
    session.add(row)
    if gap.cause in GONE_FROM_DEVICE:
        _give_up(session, gap)
    return None


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
