"""The state of stations as pages, events and metrics show it; house.md section 3.2."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.health import Judgement, Reason, Status, judge_camera, judge_station
from core.station import Camera, LiveMode, StationMode
from core.wire.heartbeat import CameraReport, StationReport
from core.wire.message import Message
from storage.registry.fleet import Site


class CameraView(Message):
    """One camera as it is now."""

    id: UUID
    position: int
    name: str
    status: Status
    reasons: tuple[Reason, ...]
    still_age_s: float | None
    last_recorded_age_s: float | None
    is_publishing: bool


class StationView(Message):
    """One station as it is now. Ages are as of the moment the message was made."""

    id: UUID
    number: str
    name: str
    region: str
    address: str
    mode: StationMode
    live: LiveMode
    status: Status
    reasons: tuple[Reason, ...]
    report_age_s: float | None
    cameras: tuple[CameraView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardReport:
    """A heartbeat and when it reached the centre."""

    device_id: UUID
    arrived_utc: datetime
    report: StationReport


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStation:
    """A station, what it last said, and what `core.health` makes of it."""

    site: Site
    heard: HeardReport | None
    judgement: Judgement
    cameras: tuple[Judgement, ...]
    """In the order of `site.cameras`."""

    def report_of(self, camera: Camera) -> CameraReport | None:
        """The camera's part of the last heartbeat."""
        return _report_of(camera, self.heard)


def age_s(then_utc: datetime | None, now_utc: datetime) -> float | None:
    """Seconds since then, never less than none."""
    return None if then_utc is None else max(0.0, (now_utc - then_utc).total_seconds())


def judge(site: Site, heard: HeardReport | None, now_utc: datetime) -> JudgedStation:
    """Hold a station's last heartbeat to the one status function."""
    heard_age_s = age_s(heard.arrived_utc, now_utc) if heard else None
    cameras = tuple(judge_camera(_report_of(c, heard), heard_age_s) for c in site.cameras)
    return JudgedStation(
        site=site,
        heard=heard,
        judgement=judge_station(heard.report if heard else None, heard_age_s, cameras),
        cameras=cameras,
    )


def view_of(
    judged: JudgedStation, stills: Mapping[UUID, datetime], now_utc: datetime
) -> StationView:
    """What everybody is shown of it."""
    station = judged.site.station
    return StationView(
        id=station.station_id,
        number=station.number,
        name=station.name,
        region=station.region,
        address=station.address,
        mode=station.mode,
        live=station.live,
        status=judged.judgement.status,
        reasons=judged.judgement.reasons,
        report_age_s=_rounded(age_s(judged.heard.arrived_utc if judged.heard else None, now_utc)),
        cameras=tuple(
            _camera_view(judged, camera, judgement, stills, now_utc)
            for camera, judgement in zip(judged.site.cameras, judged.cameras, strict=True)
        ),
    )


def _camera_view(
    judged: JudgedStation,
    camera: Camera,
    judgement: Judgement,
    stills: Mapping[UUID, datetime],
    now_utc: datetime,
) -> CameraView:
    report = judged.report_of(camera)
    is_heard = judgement.status is not Status.UNKNOWN
    return CameraView(
        id=camera.camera_id,
        position=camera.position,
        name=camera.name,
        status=judgement.status,
        reasons=judgement.reasons,
        still_age_s=_rounded(age_s(stills.get(camera.camera_id), now_utc)),
        last_recorded_age_s=_rounded(_recorded_age_s(judged, report, now_utc)),
        # What a silent station said last of being live is no longer true of now.
        is_publishing=report is not None and is_heard and report.is_publishing,
    )


def _report_of(camera: Camera, heard: HeardReport | None) -> CameraReport | None:
    reports = heard.report.cameras if heard else ()
    return next((r for r in reports if r.camera_id == camera.camera_id), None)


def _recorded_age_s(
    judged: JudgedStation, report: CameraReport | None, now_utc: datetime
) -> float | None:
    if judged.heard is None or report is None or report.last_recorded_age_s is None:
        return None
    return report.last_recorded_age_s + (age_s(judged.heard.arrived_utc, now_utc) or 0.0)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
