"""What a camera left behind: runs, segments, gaps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from core.timerange import TimeRange


class SegmentEnd(StrEnum):
    """Why a segment was closed."""

    TARGET = "target"
    """It reached its wanted length and a keyframe came."""
    OVERLONG = "overlong"
    """No keyframe came in time; cut at a fragment. The next one does not decode by itself."""
    RUN_ENDED = "run_ended"
    """The camera session ended, or the agent was stopped."""
    RECOVERED = "recovered"
    """The agent or the machine died; closed at the next start, at the last whole fragment."""


class GapCause(StrEnum):
    """Why there is no footage. Each is a different thing and looks different to the auditor."""

    CAMERA_UNREACHABLE = "camera_unreachable"
    CAMERA_SILENT = "camera_silent"
    """The session was open and no packet came."""
    CAMERA_GARBAGE = "camera_garbage"
    """Packets came that are not video."""
    CLOCK_STEPPED = "clock_stepped"
    DISK_FULL = "disk_full"
    DISK_FAILED = "disk_failed"
    """Read-only, gone, or refusing writes."""
    AGENT_STOPPED = "agent_stopped"
    """Stopped on purpose: service stop, update, shutdown."""
    AGENT_DIED = "agent_died"
    """Killed, crashed or lost its power; known from the next start."""
    EVICTED = "evicted"
    """Recorded, then deleted on the device before upload, because its disk was full."""
    EXPIRED = "expired"
    """Archived, then deleted by the retention policy."""
    WITHHELD = "withheld"
    """Archived; not shown by order. The record of it stays."""
    LOST = "lost"
    """Was announced and can no longer be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One uninterrupted session with a camera. All its segments share one init."""

    run_id: UUID
    camera_id: UUID
    start_utc: datetime
    init_sha256: str
    """Hex digest of the init segment (`ftyp` + `moov`), 64 characters."""
    init_size_bytes: int
    codec: str
    """RFC 6381, for example `avc1.42C01F`; with audio `avc1.42C01F,mp4a.40.2`."""
    width: int
    height: int
    timescale: int
    """Ticks a second of the video track."""


LONGEST_SEGMENT = timedelta(hours=1)
"""No longer one is made or believed: so what shares time with an instant began within an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A closed piece of one run: whole CMAF fragments, starting on a keyframe.

    Immutable once closed: correcting a segment means recording a new one.
    """

    segment_id: UUID
    run_id: UUID
    camera_id: UUID
    number: int
    """0, 1, 2 … within its run, without holes."""
    start_utc: datetime
    """Wall time of the first sample, by the device's clock."""
    media_duration: timedelta
    """Sum of the sample durations; not the difference of wall times."""
    frame_count: int
    sha256: str
    """Hex digest of the file as stored, 64 characters."""
    size_bytes: int
    end: SegmentEnd
    clock_offset_s: float | None
    """Device clock minus true time, as last measured; None: never measured."""
    is_clock_synced: bool

    @property
    def range(self) -> TimeRange:
        """The time it covers, by the device's clock."""
        return TimeRange(self.start_utc, self.start_utc + self.media_duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of expected time without footage. A record in its own right, with a cause."""

    gap_id: UUID
    camera_id: UUID
    range: TimeRange
    cause: GapCause
    said_by: str
    """`agent` (the device saw it), `archive` (retention, fsck) or an account's name."""
