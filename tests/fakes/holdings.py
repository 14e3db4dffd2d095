"""Segments and gaps as the index gives them, without an index."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from core.footage import GapCause, SegmentEnd
from core.timerange import TimeRange
from storage.holdings import Holding, KnownGap
from storage.intake.rows import SegmentState
from tests.fakes.journal import MORNING

RUN = UUID(int=1)


def at(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def stretch(start_s: float, end_s: float) -> TimeRange:
    return TimeRange(at(start_s), at(end_s))


def holding(start_s: float, end_s: float, **changes: object) -> Holding:
    values = {
        "segment_id": uuid4(),
        "run_id": RUN,
        "number": 0,
        "range": stretch(start_s, end_s),
        "frame_count": max(1, round((end_s - start_s) * 10)),
        "size_bytes": 1000,
        "sha256": "0" * 64,
        "object_key": "v1/key",
        "end": SegmentEnd.TARGET,
        "state": SegmentState.STORED,
        "announced_utc": at(end_s),
        "stored_utc": at(end_s),
        "init_stored_utc": at(start_s),
    }
    if changes.get("state", SegmentState.STORED) is not SegmentState.STORED:
        values["stored_utc"] = None
    return Holding(**{**values, **changes})


def gap(
    start_s: float,
    end_s: float,
    cause: GapCause = GapCause.CAMERA_UNREACHABLE,
    said_by: str = "agent",
) -> KnownGap:
    return KnownGap(gap_id=uuid4(), range=stretch(start_s, end_s), cause=cause, said_by=said_by)
