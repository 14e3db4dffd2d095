"""The station as a whole: what its parts say, put together."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from core.clock import Clock
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport
from recorder.clock_state import ReadClockState
from recorder.disk.question import DiskQuestion
from recorder.live.publishers import Live
from recorder.metrics import Metrics
from recorder.probe.probe import Look, Probe
from recorder.recording import Recording
from recorder.stock.file import StockError
from recorder.stock.stocked import Backlog
from recorder.uplink.counters import UplinkCounters

_BEAT_WITHIN_S = 60.0
"""Twice the longest a heartbeat takes, retries to an absent centre included."""
_DISK_WITHIN_S = 4.0
"""A disk that does not answer for so long has failed."""
_NOTHING_KNOWN = Backlog(media_s=0.0, size_bytes=0, segments=0, unsent_lines=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the station is; see `docs/design/identity.md`."""

    device_id: UUID
    number: str
    name: str
    zone: str
    camera_names: Mapping[UUID, str]
    pin_hash: str


class Station:
    """Answers what the heartbeat, the page and the metrics ask.

    Args:
        identity: Who it is.
        version: Of the program.
        recording: Its record path.
        probe: Its pictures, judged.
        live: Its publishers.
        uplink: What its way to the archive has done.
        read_clock_state: What is known of its clock.
        clock: Time.
    """

    def __init__(
        self,
        *,
        identity: Identity,
        version: str,
        recording: Recording,
        probe: Probe,
        live: Live,
        uplink: UplinkCounters,
        read_clock_state: ReadClockState,
        clock: Clock,
    ) -> None:
        self.device_id = identity.device_id
        self.number = identity.number
        self.name = identity.name
        self.zone = identity.zone
        self.camera_names = identity.camera_names
        self.pin_hash = identity.pin_hash
        self.version = version
        self.recording = recording
        self._probe = probe
        self._live = live
        self._uplink = uplink
        self._read_clock_state = read_clock_state
        self.clock = clock
        self._started_s = clock.monotonic_s()
        self._heard_s: float | None = None
        self._beat_s = self._started_s
        self._backlog = _NOTHING_KNOWN
        self._disk = DiskQuestion(self._ask_disk, clock)
        counters = {camera_id: camera.counters for camera_id, camera in recording.cameras.items()}
        self.registry = Metrics(self.report, counters, lambda: self.last_heard_age_s).registry
        """What the station's `/metrics` tells."""

    def report(self) -> StationReport:
        """One heartbeat. Waits for a slow disk; one that hangs it calls failed.

        What else it says then is in memory: the backlog as it was known last.
        """
        failed = DiskReport(is_failed=True)
        backlog, disk = self._disk.answer(_DISK_WITHIN_S) or (self._backlog, failed)
        cameras = self.recording.cameras.values()
        clock_state = self._read_clock_state()
        return StationReport(
            device_id=self.device_id,
            sent_utc=self.clock.utc(),
            agent_version=self.version,
            uptime_s=round(self.clock.monotonic_s() - self._started_s, 1),
            cameras=tuple(self._seen(camera.report()) for camera in cameras),
            disk=disk,
            backlog_seconds=backlog.media_s,
            backlog_bytes=backlog.size_bytes,
            clock_offset_s=clock_state.offset_s,
            is_clock_synced=clock_state.is_synced,
            uplink=self._uplink.report(self.clock.monotonic_s()),
        )

    def look(self, camera_id: UUID) -> Look | None:
        """The newest still of a camera; None: there is none."""
        return self._probe.look(camera_id)

    def beat(self) -> None:
        """A heartbeat is being made, heard or not."""
        self._beat_s = self.clock.monotonic_s()

    def heard(self) -> None:
        """The centre has answered."""
        self._heard_s = self.clock.monotonic_s()

    @property
    def last_heard_age_s(self) -> float | None:
        """Since the centre answered; None: never."""
        return None if self._heard_s is None else self.clock.monotonic_s() - self._heard_s

    def duties(self) -> dict[str, bool]:
        """What the agent must do at all times, and whether it does."""
        cameras = self.recording.cameras.values()
        return {
            "recording": not any(camera.has_died for camera in cameras),
            "reporting": self.clock.monotonic_s() - self._beat_s < _BEAT_WITHIN_S,
        }

    def _seen(self, report: CameraReport) -> CameraReport:
        """Add to a camera's report what its recording does not know."""
        look = self._probe.look(report.camera_id)
        age_s = None if look is None else self.clock.monotonic_s() - look.taken_monotonic_s
        return report.model_copy(
            update={
                "picture": Picture.UNKNOWN if look is None else look.picture,
                "picture_age_s": age_s,
                "is_publishing": self._live.is_publishing(report.camera_id),
                "has_smaller": self._live.has_smaller(report.camera_id),
            }
        )

    def _ask_disk(self) -> tuple[Backlog, DiskReport]:
        return self._read_backlog(), self.recording.disk_report()

    def _read_backlog(self) -> Backlog:
        """A stock that takes no questions leaves the last answer standing."""
        with suppress(StockError):
            self._backlog = self.recording.stock.backlog()
        return self._backlog
