"""From statements to rows of the index."""

from datetime import datetime, timedelta
from enum import StrEnum

from core.footage import Gap, GapCause, Run, Segment
from evidence.entry import Entry
from storage.index.footage_tables import EntryRow, GapRow, RunRow, SegmentRow
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
