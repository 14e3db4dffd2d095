"""What the station knows of itself, as the page wants it."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.health import judge_camera, judge_station
from core.ui.link import Link, judge_link
from core.ui.station_facts import CameraFacts, StationFacts
from core.wire.heartbeat import CameraReport, StationReport
from recorder.page.fresh_report import Reported
from recorder.page.state import StationState

STILLS = "/stills"


def still_path(camera_id: UUID) -> str:
    """Where a camera's still is."""
    return f"{STILLS}/{camera_id}.jpg"


def station_facts(
    state: StationState, reported: Reported, *, may_see_pictures: bool
) -> StationFacts:
    """The station, judged.

    Args:
        state: The station.
        reported: Its newest report.
        may_see_pictures: Whether this reader gave the PIN.
    """
    now_utc = state.clock.utc()
    report, age_s = reported.report, reported.age_s
    seen = sorted(report.cameras if report else (), key=lambda camera: camera.position)
    cameras = tuple(
        _camera_facts(state, camera, age_s, may_see_pictures=may_see_pictures) for camera in seen
    )
    return StationFacts(
        number=state.number,
        name=state.name,
        zone=ZoneInfo(state.zone),
        judgement=judge_station(report, age_s, tuple(camera.judgement for camera in cameras)),
        cameras=cameras,
        report=report,
        report_utc=None if age_s is None else now_utc - timedelta(seconds=age_s),
        link=_link(state, report),
        now_utc=now_utc,
    )


def _camera_facts(
    state: StationState, report: CameraReport, age_s: float | None, *, may_see_pictures: bool
) -> CameraFacts:
    camera_id = report.camera_id
    look = state.look(camera_id)
    # The address changes with the picture, so that the script sees that there is a newer one.
    stamp = int(look.taken_utc.timestamp() * 1000) if look else 0
    return CameraFacts(
        camera_id=camera_id,
        position=report.position,
        name=state.camera_names.get(camera_id, ""),
        judgement=judge_camera(report, age_s),
        report=report,
        still_url=f"{still_path(camera_id)}?at={stamp}" if may_see_pictures else None,
        still_taken_utc=look.taken_utc if look else None,
    )


def _link(state: StationState, report: StationReport | None) -> Link:
    age_s = state.last_heard_age_s
    heard_utc = None if age_s is None else state.clock.utc() - timedelta(seconds=age_s)
    return judge_link(age_s, heard_utc, report.backlog_seconds if report else 0.0)
