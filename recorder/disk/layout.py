"""Where things lie on the recording disk, and what their names say. Pure.

    <spool>/stock.sqlite3
    <spool>/<camera>/journal/<epoch>.jsonl
    <spool>/<camera>/<run>/init.mp4
    <spool>/<camera>/<run>/000017-<segment>-<start, µs>-<offset, ms>-<synced>.m4s
    <spool>/<camera>/<run>/000018-<segment>-<start, µs>-<offset, ms>-<synced>.open

A segment's name carries all that its entry needs and its bytes do not say, so that a start
after a power cut can close it as if nothing had happened, and a lost journal can be rewritten.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from core.footage import Segment

INIT_NAME = "init.mp4"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(
    rf"(?P<number>\d{{6,}})-(?P<segment>{_UUID})-(?P<start>-?\d+)"
    r"-(?P<offset>x|-?\d+)-(?P<synced>[01])\.(?:open|m4s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFacts:
    """What is known of a segment before its first byte is written."""

    camera_id: UUID
    run_id: UUID
    segment_id: UUID
    number: int
    start_utc: datetime
    clock_offset_s: float | None
    """In whole milliseconds, for the name has no more."""
    is_clock_synced: bool


def camera_directory(spool: Path, camera_id: UUID) -> Path:
    """Everything of one camera."""
    return spool / str(camera_id)


def journal_directory(spool: Path, camera_id: UUID) -> Path:
    """The camera's chains, one file for each epoch."""
    return camera_directory(spool, camera_id) / "journal"


def run_directory(spool: Path, camera_id: UUID, run_id: UUID) -> Path:
    """One run's init and segments."""
    return camera_directory(spool, camera_id) / str(run_id)


def init_path(spool: Path, camera_id: UUID, run_id: UUID) -> Path:
    """The run's init."""
    return run_directory(spool, camera_id, run_id) / INIT_NAME


def segment_path(spool: Path, facts: SegmentFacts) -> Path:
    """The segment's name for ever."""
    return open_path(spool, facts).with_suffix(".m4s")


def open_path(spool: Path, facts: SegmentFacts) -> Path:
    """The segment's name while it is written."""
    offset_s = facts.clock_offset_s
    offset = "x" if offset_s is None else str(round(offset_s * 1000))
    start_us = (facts.start_utc - _EPOCH) // timedelta(microseconds=1)
    name = f"{facts.number:06}-{facts.segment_id}-{start_us}-{offset}-{int(facts.is_clock_synced)}"
    return run_directory(spool, facts.camera_id, facts.run_id) / f"{name}.open"


def facts_of(segment: Segment) -> SegmentFacts:
    """The part of a closed segment that its name carries."""
    return SegmentFacts(
        camera_id=segment.camera_id,
        run_id=segment.run_id,
        segment_id=segment.segment_id,
        number=segment.number,
        start_utc=segment.start_utc,
        clock_offset_s=segment.clock_offset_s,
        is_clock_synced=segment.is_clock_synced,
    )


def read_name(path: Path) -> SegmentFacts | None:
    """What the path of a segment, open or closed, says; None when it is not one."""
    match = _NAME.fullmatch(path.name)
    try:
        camera_id, run_id = UUID(path.parent.parent.name), UUID(path.parent.name)
    except ValueError:
        return None
    if match is None:
        return None
    offset = match["offset"]
    return SegmentFacts(
        camera_id=camera_id,
        run_id=run_id,
        segment_id=UUID(match["segment"]),
        number=int(match["number"]),
        start_utc=_EPOCH + timedelta(microseconds=int(match["start"])),
        clock_offset_s=None if offset == "x" else int(offset) / 1000,
        is_clock_synced=match["synced"] == "1",
    )
