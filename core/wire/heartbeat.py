"""What a station says every 5 s, and what the centre answers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from core.live_stream import LiveStream
from core.station import LiveMode, StationMode
from core.wire.message import Message


class Picture(StrEnum):
    """What the probe thinks of a camera's picture."""

    OK = "ok"
    COVERED = "covered"
    DARK = "dark"
    FROZEN = "frozen"
    UNKNOWN = "unknown"


class CameraReport(Message):
    """One camera, as its station sees it. Ages are by the station's monotonic clock."""

    camera_id: UUID
    position: int
    last_recorded_age_s: float | None = None
    """Since the newest parsable bytes reached the disk; None: never in this process."""
    recording_since_utc: datetime | None = None
    """Start of the present run; None while there is none."""
    trouble: str | None = None
    """Name of what keeps it from recording now, a `GapCause`; None when it records."""
    fps: float = 0.0
    bitrate_bps: int = 0
    keyframe_interval_s: float | None = None
    reconnects_total: int = 0
    dropped_packets_total: int = 0
    picture: Picture = Picture.UNKNOWN
    picture_age_s: float | None = None
    """Age of the still that `picture` was judged on."""
    is_publishing: bool = False
    has_smaller: bool = False
    """Whether the station can publish a smaller stream of it beside the first."""


class DiskReport(Message):
    """The recording disk."""

    free_bytes: int = 0
    seconds_left: float | None = None
    """Until it is full at the present rate, not counting what could be evicted."""
    is_failed: bool = False


class UplinkReport(Message):
    """What the way to the archive has done, since the agent's start."""

    entries_sent_total: int = 0
    """Acknowledged by the centre."""
    objects_sent_total: int = 0
    """Confirmed by the archive."""
    bytes_sent_total: int = 0
    """Of objects, as they left; a repeated upload counts again."""
    refused_total: int = 0
    """Lines and objects that the centre will never take: a person must look."""
    setbacks_total: int = 0
    """Uploads of single objects that came to nothing, and were or will be tried again."""
    failures_total: int = 0
    """Calls that the centre did not answer, or not now."""
    last_success_age_s: float | None = None
    """Since the centre last took something; None: not in this process."""


class StationReport(Message):
    """One heartbeat."""

    device_id: UUID
    sent_utc: datetime
    agent_version: str
    uptime_s: float
    cameras: tuple[CameraReport, ...] = Field(max_length=16)
    disk: DiskReport
    backlog_seconds: float = 0.0
    """Footage closed and not yet confirmed by the archive."""
    backlog_bytes: int = 0
    clock_offset_s: float | None = None
    """Device clock minus the centre's, as measured over HTTP; half the round trip is its error."""
    is_clock_synced: bool = False
    """What the operating system says of its own synchronisation."""
    uplink: UplinkReport | None = None
    """None: an agent of before says nothing of it."""


class PublishWish(Message):
    """The centre wants one stream of a camera live."""

    camera_id: UUID
    stream: LiveStream = LiveStream.MAIN
    whip_url: str
    token: str
    """Bearer for WHIP; valid for minutes, so each answer carries a fresh one."""


class DesiredConfig(Message):
    """What the centre wants of a station; the station applies it and goes on recording."""

    mode: StationMode
    live: LiveMode
    segment_target_s: float = Field(gt=0)
    upload_newest_first: bool = False
    uplink_max_kbps: int | None = Field(default=None, gt=0)


class KnockReply(Message):
    """Answer of `/agent/knock`."""

    is_wanted: bool
    """Somebody wants to see this station now: the next heartbeat's answer says which camera."""


class HeartbeatReply(Message):
    """The centre's answer."""

    server_utc: datetime
    config: DesiredConfig
    publish: tuple[PublishWish, ...] = ()
    stills: tuple[UUID, ...] = ()
    """Cameras somebody looks at: send a still with each heartbeat."""
