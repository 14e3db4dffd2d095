"""`/archive`: where an auditor finds a minute and takes it away."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.parameters import Instant, checked_range
from api.routes.footage import coverage_view
from api.services import Services, Use
from api.web.archive_days import ArchiveDay, ArchiveStation, days_of, stations_of
from api.web.day_bar import day_bar, day_of, day_starting, span_title
from api.web.rendering import FORM_WORDS, page, reader_of
from core.timerange import TimeRange
from core.timestamps import to_iso
from core.ui.catalogue import Texts
from core.ui.rendering import with_query
from core.ui.spelling import exact_duration, moment, time_of
from storage.coverage import CoverageState, load_coverage
from storage.export.plan import plan_export
from storage.index.registry_tables import CameraRow, StationRow
from storage.playlists import NothingPlayableError
from storage.registry.stations import get_camera, list_cameras

router = APIRouter(include_in_schema=False)

Reader = Annotated[Account, Depends(require(Right.SEE_COVERAGE))]

_SCRIPT_WORDS = (
    *FORM_WORDS,
    "archive.",
    "coverage.",
    "cause.",
    "unit.",
    "export.",
    "camera.title",
)


class ArchiveQuery(BaseModel):
    """The address holds camera, day, place and marks; it can be sent as a link."""

    station: str = ""
    """A number as people write it; leads to the station's first camera."""
    camera: UUID | None = None
    second: UUID | None = None
    """Another camera of the same station, watched in step."""
    day: date | None = None
    time: str = ""
    """Of the day, as people write it; where no script takes it, leads to the instant."""
    at: Instant | None = None
    mark_in: Instant | None = Field(default=None, alias="in")
    mark_out: Instant | None = Field(default=None, alias="out")
    lang: str = ""
    theme: str = ""


@router.get("/archive")
def show_archive(
    request: Request, services: Use, account: Reader, asked: Annotated[ArchiveQuery, Query()]
) -> Response:
    """The pickers and, once a camera is chosen, its day."""
    texts = reader_of(request, account).texts
    if (jump := _jump(services, account, asked)) is not None:
        return RedirectResponse(jump, 303)
    with services.transaction() as session:
        stations = stations_of(session, account)
    is_known = _is_known(stations, asked.station)
    wanted = _first_camera(stations, asked) if is_known else None
    values: dict[str, object] = {
        "stations": stations,
        "chosen": None,
        "is_known": is_known,
        "asked": asked,
        "words": texts.under(*_SCRIPT_WORDS),
        "may_watch": account.has(Right.WATCH_ARCHIVE),
        "may_export": account.has(Right.EXPORT),
        "may_hold": account.has(Right.HOLD),
    }
    if wanted is not None:
        values |= _chosen(services, account, wanted, asked, texts)
    return page(request, "archive.html", values, account, status_code=200 if is_known else 404)


def _jump(services: Services, account: Account, asked: ArchiveQuery) -> str | None:
    """The address of a time of a day; None: none was asked for, or it is no time."""
    told = time_of(asked.time)
    if told is None or asked.camera is None or asked.day is None:
        return None
    with services.transaction() as session:
        _, station = get_camera(session, asked.camera)
        account.must_see(station.region, "camera")
        local = datetime.combine(asked.day, told, ZoneInfo(station.timezone))
    query = {"camera": str(asked.camera), "second": str(asked.second or "")}
    return with_query("/archive", query, at=to_iso(local.astimezone(UTC)))


@router.get("/archive/plan")
def show_plan(
    request: Request,
    services: Use,
    account: Annotated[Account, Depends(require(Right.EXPORT))],
    camera: UUID,
    start: Instant,
    end: Instant,
) -> Response:
    """What an export of a range would hold and miss, before anybody asks for it."""
    wanted = checked_range(start, end, services.settings.export_max_duration)
    texts = reader_of(request, account).texts
    with services.transaction() as session:
        _, station = get_camera(session, camera)
        account.must_see(station.region, "camera")
        zone = ZoneInfo(station.timezone)
        coverage = load_coverage(session, camera, wanted)
        plan_bytes = _planned_bytes(session, camera, wanted)
    missing = [span for span in coverage.spans if span.state is not CoverageState.RECORDED]
    values = {
        "plan_bytes": plan_bytes,
        "missing": [span_title(span, zone, texts) for span in missing],
        "from": moment(wanted.start_utc, zone, texts),
        "to": moment(wanted.end_utc, zone, texts),
        "length": exact_duration(wanted.duration.total_seconds(), texts),
    }
    return page(request, "archive_plan.html", values, account)


def _planned_bytes(session: Session, camera_id: UUID, wanted: TimeRange) -> int | None:
    try:
        return plan_export(session, camera_id, wanted).footage_bytes
    except NothingPlayableError:
        return None


def _is_known(stations: tuple[ArchiveStation, ...], number: str) -> bool:
    """Whether a number that was typed is that of a station; nothing typed is no mistake."""
    return not number or any(one.number == number.strip() for one in stations)


def _first_camera(stations: tuple[ArchiveStation, ...], asked: ArchiveQuery) -> UUID | None:
    if not asked.station:
        return asked.camera
    named = next(s for s in stations if s.number == asked.station.strip())
    ids = [camera_id for camera_id, _, _ in named.cameras]
    return asked.camera if asked.camera in ids else next(iter(ids), None)


def _chosen(
    services: Services, account: Account, wanted: UUID, asked: ArchiveQuery, texts: Texts
) -> dict[str, object]:
    """Everything about the day of the camera that the address names."""
    with services.transaction() as session:
        camera, station = get_camera(session, wanted)
        account.must_see(station.region, "camera")
        siblings = list_cameras(session, station.station_id)
        zone = ZoneInfo(station.timezone)
        days = days_of(session, camera.camera_id, zone)
        day = _day(asked, days, services.now_utc, zone)
        coverage = load_coverage(session, camera.camera_id, day_starting(day, zone))
    gaps = [span for span in coverage.spans if span.state is CoverageState.GAP]
    return {
        "chosen": _names(camera, station),
        "siblings": siblings,
        "zone": zone,
        "days": days,
        "day": day,
        "bar": day_bar(coverage, zone, services.now_utc, texts),
        "ratio": coverage.ratio(services.now_utc),
        "has_footage": any(s.state is CoverageState.RECORDED for s in coverage.spans),
        "gaps": [(span, span_title(span, zone, texts)) for span in gaps],
        "coverage": coverage_view(coverage, services.now_utc).model_dump(mode="json"),
        "now_utc": services.now_utc,
    }


def _names(camera: CameraRow, station: StationRow) -> dict[str, object]:
    return {
        "camera_id": camera.camera_id,
        "position": camera.position,
        "camera_name": camera.name,
        "station_id": station.station_id,
        "number": station.number,
        "name": station.name,
        "region": station.region,
        "address": station.address,
    }


def _day(
    asked: ArchiveQuery, days: tuple[ArchiveDay, ...], now_utc: datetime, zone: ZoneInfo
) -> date:
    """The day asked for, that of the instant asked for, the newest with anything, or today."""
    if asked.at is not None:
        return asked.at.astimezone(zone).date()
    newest = days[-1].day if days else day_of(now_utc, zone).start_utc.astimezone(zone).date()
    return asked.day or newest
