"""An open camera on the wall: what an operator needs to act on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.auth.account import Account
from api.fleet_views import CameraView, StationView, view_of
from api.incident_views import IncidentView, incident_views
from api.routes.status import current_fleet
from api.services import Services
from api.web.day_bar import DayBar, day_bar, day_of
from api.web.incident_comments import comment_lines
from api.web.wall_view import causes_of
from core.errors import NotFoundError
from core.health import Reason, Status
from core.ui.catalogue import Texts
from core.wire.heartbeat import CameraReport
from storage.coverage import load_coverage
from storage.registry.incidents import list_open
from storage.registry.stations import get_station


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPanel:
    """Everything the panel shows."""

    station: StationView
    camera: CameraView
    causes: tuple[Reason, ...]
    """What is wrong with it or its station, the worst first."""
    report: CameraReport | None
    """What it says now; None while nothing is known of it."""
    phone: str
    """Of the commission's chair."""
    zone: ZoneInfo
    bar: DayBar
    ratio: float | None
    incidents: tuple[IncidentView, ...]
    """Open ones of this station, this camera's first."""
    comments: Mapping[UUID, tuple[str, ...]]
    """What people said of each."""
    now_utc: datetime
    still_utc: datetime | None


def panel_of(services: Services, account: Account, camera_id: UUID, texts: Texts) -> CameraPanel:
    """Put the panel of a camera together.

    Raises:
        NotFoundError: There is none, or the account may not know of it.
    """
    snapshot = current_fleet(services)
    judged = next(
        (s for s in snapshot.inside(account.regions) if _has(s.site.cameras, camera_id)), None
    )
    if judged is None:
        raise NotFoundError("there is no such camera")
    station = view_of(judged, snapshot.stills, snapshot.at_utc)
    camera = next(c for c in station.cameras if c.id == camera_id)
    registered = next(c for c in judged.site.cameras if c.camera_id == camera_id)
    zone = ZoneInfo(judged.site.station.timezone)
    now_utc = services.now_utc
    today = day_of(now_utc, zone)
    with services.transaction() as session:
        coverage = load_coverage(session, camera_id, today)
        phone = get_station(session, station.id).phone
        incidents = _incidents(session, station.id, camera_id)
    return CameraPanel(
        station=station,
        camera=camera,
        causes=causes_of(station, camera),
        report=None if camera.status is Status.UNKNOWN else judged.report_of(registered),
        phone=phone,
        zone=zone,
        bar=day_bar(coverage, zone, now_utc, texts),
        ratio=coverage.ratio(now_utc),
        incidents=incidents,
        comments={one.id: comment_lines(one.comment, zone, texts) for one in incidents},
        now_utc=now_utc,
        still_utc=snapshot.stills.get(camera_id),
    )


def _has(cameras: tuple[object, ...], camera_id: UUID) -> bool:
    return any(getattr(camera, "camera_id", None) == camera_id for camera in cameras)


def _incidents(session: Session, station_id: UUID, camera_id: UUID) -> tuple[IncidentView, ...]:
    rows = [row for row in list_open(session) if row.station_id == station_id]
    views = incident_views(session, rows)
    return tuple(sorted(views, key=lambda one: one.camera_id != camera_id))
