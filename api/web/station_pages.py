"""`/stations` and `/stations/{id}`: the technician's pages, for those who are away."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.fleet import FleetSnapshot
from api.fleet_views import JudgedStation, StationView, age_s
from api.routes.status import current_fleet
from api.services import Use
from api.web.rendering import page, reader_of
from api.web.table_page import table_page
from api.web.tables import Cell, Column, Table, begun
from core.health import Judgement, Status
from core.station import Camera
from core.ui.catalogue import Texts
from core.ui.link import judge_link
from core.ui.spelling import ago
from core.ui.station_facts import CameraFacts, StationFacts
from core.ui.station_view import station_view
from core.ui.words import Tone, reason_word, region_word, status_word, tone_of

router = APIRouter(include_in_schema=False)

Watcher = Annotated[Account, Depends(require(Right.SEE_STATUS))]

_COLUMNS = (
    Column(key="number", name="table.number"),
    Column(key="name", name="table.name"),
    Column(key="region", name="table.region"),
    Column(key="status", name="table.status"),
    Column(key="report", name="table.report"),
)
_BADNESS = ("failing", "unknown", "ok", "not_expected")


@router.get("/stations")
def list_stations(request: Request, services: Use, account: Watcher) -> Response:
    """The stations of a technician's regions, those with trouble first."""
    texts = reader_of(request, account).texts
    views = current_fleet(services).views(account.regions)
    ordered = sorted(views, key=lambda view: _BADNESS.index(view.status.value))
    rows = tuple(_row(view, texts) for view in ordered)
    return table_page(request, account, "stations.html", Table(columns=_COLUMNS, rows=rows))


@router.get("/stations/{station_id}")
def show_station(station_id: UUID, request: Request, services: Use, account: Watcher) -> Response:
    """The page the station itself shows, as the centre knows it."""
    snapshot = current_fleet(services)
    judged = snapshot.station(station_id)
    account.must_see(judged.site.station.region, "station")
    texts = reader_of(request, account).texts
    facts = station_facts(judged, snapshot, may_see_pictures=account.has(Right.SEE_SNAPSHOT))
    return page(request, "station_away.html", {"view": station_view(facts, texts)}, account)


def station_facts(
    judged: JudgedStation, snapshot: FleetSnapshot, *, may_see_pictures: bool
) -> StationFacts:
    """What the centre knows of a station, for its page."""
    heard = judged.heard
    arrived_utc = heard.arrived_utc if heard else None
    pairs = zip(judged.site.cameras, judged.cameras, strict=True)
    return StationFacts(
        number=judged.site.station.number,
        name=judged.site.station.name,
        zone=ZoneInfo(judged.site.station.timezone),
        judgement=judged.judgement,
        cameras=tuple(
            _camera_facts(judged, camera, verdict, snapshot, may_see_pictures=may_see_pictures)
            for camera, verdict in pairs
        ),
        report=heard.report if heard else None,
        report_utc=arrived_utc,
        link=judge_link(
            age_s(arrived_utc, snapshot.at_utc),
            arrived_utc,
            heard.report.backlog_seconds if heard else 0.0,
        ),
        now_utc=snapshot.at_utc,
    )


def _camera_facts(
    judged: JudgedStation,
    camera: Camera,
    verdict: Judgement,
    snapshot: FleetSnapshot,
    *,
    may_see_pictures: bool,
) -> CameraFacts:
    taken_utc = snapshot.stills.get(camera.camera_id) if may_see_pictures else None
    # The address changes with the picture, so that the script sees that there is a newer one.
    stamp = int(taken_utc.timestamp() * 1000) if taken_utc else 0
    return CameraFacts(
        camera_id=camera.camera_id,
        position=camera.position,
        name=camera.name,
        judgement=verdict,
        report=judged.report_of(camera),
        still_url=f"/api/v1/cameras/{camera.camera_id}/snapshot.jpg?at={stamp}"
        if may_see_pictures
        else None,
        still_taken_utc=taken_utc,
    )


def _row(view: StationView, texts: Texts) -> tuple[Cell, ...]:
    words = [reason_word(texts, reason) for reason in view.reasons[:2]]
    status = ", ".join(words) or status_word(texts, view.status)
    age = view.report_age_s
    return (
        Cell(text=view.number, href=f"/stations/{view.id}"),
        Cell(text=view.name),
        Cell(text=begun(region_word(texts, view.region))),
        Cell(text=status, tone=_tone(view).value, order=_BADNESS.index(view.status.value)),
        Cell(
            text=ago(age, texts),
            order=age if age is not None else 1e12,
        ),
    )


def _tone(view: StationView) -> Tone:
    """A reason beside a tick would be read as good news."""
    is_well = view.status is Status.OK
    return Tone.WARNING if is_well and view.reasons else tone_of(view.status)
