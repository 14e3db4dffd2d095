"""`/holds`: what must not be deleted, by whose word, and the forms that say so. Needs no script."""

from contextlib import suppress
from datetime import timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.holding import HoldView, Keeper, NewHold
from api.parameters import Instant
from api.routes.holds import UseKeeper
from api.web.hold_form import Faults, FormStation, HoldFields, filled, read_form
from api.web.places import places_of
from api.web.rendering import page, reader_of
from api.web.table_page import table_page
from api.web.tables import Cell, Column, Table, begun
from api.web.zones import COUNTRY_ZONE
from core.errors import NotFoundError
from core.ui.catalogue import Texts
from core.ui.spelling import moment, stretch
from storage.holds import HoldReleasedError
from storage.index.registry_tables import StationRow
from storage.registry.stations import get_camera, get_station, list_cameras

router = APIRouter(prefix="/holds", include_in_schema=False)

_SEE_OTHER = 303
_COLUMNS = (
    Column(key="placed", name="hold.placed"),
    Column(key="place", name="hold.what"),
    Column(key="range", name="table.range"),
    Column(key="reason", name="table.reason"),
    Column(key="user", name="table.user"),
    Column(key="state", name="table.state"),
)


class NewHoldQuery(BaseModel):
    """The address may fill in the form, as that of the archive's marked range does."""

    camera: UUID | None = None
    start: Instant | None = None
    end: Instant | None = None
    lang: str = ""
    theme: str = ""


class ReleaseFields(BaseModel):
    """The form that lets go of a hold."""

    reason: str = Field(default="", max_length=2000)


@router.get("")
def show_holds(
    request: Request, keeper: UseKeeper, only_standing: Annotated[str, Query(alias="standing")] = ""
) -> Response:
    """All holds over footage of the account's regions, newest first, or those that stand."""
    texts = reader_of(request, keeper.account).texts
    views = [v for v in keeper.holds() if not only_standing or v.released_utc is None]
    with keeper.services.transaction() as session:
        places = places_of(session, texts)
    table = Table(columns=_COLUMNS, rows=tuple(_row(view, places, texts) for view in views))
    values = {"only_standing": bool(only_standing)}
    return table_page(request, keeper.account, "holds.html", table, values)


@router.get("/new")
def show_form(
    request: Request, keeper: UseKeeper, asked: Annotated[NewHoldQuery, Query()]
) -> Response:
    """The form, filled in with what the address names."""
    return _form(request, keeper, _filled(keeper, asked), {})


@router.post("/new")
def take_form(
    request: Request, keeper: UseKeeper, fields: Annotated[HoldFields, Form()]
) -> Response:
    """Place the hold and show it, or say beside each field what is wrong."""
    texts = reader_of(request, keeper.account).texts
    with keeper.services.transaction() as session:
        station = _station_of(session, keeper, fields.station.strip())
    read = read_form(fields, station, texts)
    if not isinstance(read, NewHold):
        return _form(request, keeper, fields, read)
    return RedirectResponse(f"/holds/{keeper.place(read).id}", _SEE_OTHER)


@router.get("/{hold_id}")
def show_hold(hold_id: UUID, request: Request, keeper: UseKeeper) -> Response:
    """One hold, and the form that lets go of it while it stands."""
    return _one(request, keeper, keeper.hold(hold_id), {})


@router.post("/{hold_id}/release")
def release(
    hold_id: UUID, request: Request, keeper: UseKeeper, fields: Annotated[ReleaseFields, Form()]
) -> Response:
    """Let go of a hold, if there is a reason; who comes second sees who came first."""
    if not fields.reason.strip():
        texts = reader_of(request, keeper.account).texts
        return _one(request, keeper, keeper.hold(hold_id), {"reason": texts("fault.missing")})
    with suppress(HoldReleasedError):
        keeper.release(hold_id, fields.reason.strip())
    return RedirectResponse(f"/holds/{hold_id}", _SEE_OTHER)


def _form(request: Request, keeper: Keeper, fields: HoldFields, faults: Faults) -> Response:
    values = {
        "fields": fields,
        "faults": faults,
        "may_hold_everything": not keeper.account.regions,
    }
    status = 422 if faults else 200
    return page(request, "hold_new.html", values, keeper.account, status_code=status)


def _one(request: Request, keeper: Keeper, view: HoldView, faults: Faults) -> Response:
    texts = reader_of(request, keeper.account).texts
    with keeper.services.transaction() as session:
        places = places_of(session, texts)
        zone = _zone_of(session, view)
    values = {"hold": view, "place": _place(view, places, texts), "zone": zone, "faults": faults}
    status = 422 if faults else 200
    return page(request, "hold.html", values, keeper.account, status_code=status)


def _filled(keeper: Keeper, asked: NewHoldQuery) -> HoldFields:
    zone, names = COUNTRY_ZONE, {}
    if asked.camera is not None:
        with keeper.services.transaction() as session:
            camera, station = get_camera(session, asked.camera)
        keeper.account.must_see(station.region, "camera")
        zone = ZoneInfo(station.timezone)
        names = {"station": station.number, "camera": str(camera.position)}
    # The form knows whole seconds: all that was marked lies between those it is filled in with.
    until = asked.end + timedelta(microseconds=999_999) if asked.end else None
    for name, end in (("start", asked.start), ("end", until)):
        names |= filled(name, end, zone) if end else {}
    return HoldFields.model_validate(names)


def _station_of(session: Session, keeper: Keeper, number: str) -> FormStation | None:
    row = session.scalar(select(StationRow).where(StationRow.number == number))
    if row is None or not keeper.account.sees(row.region):
        return None
    cameras = list_cameras(session, row.station_id)
    return FormStation(
        station_id=row.station_id,
        number=row.number,
        zone=ZoneInfo(row.timezone),
        cameras={camera.position: camera.camera_id for camera in cameras},
    )


def _zone_of(session: Session, view: HoldView) -> ZoneInfo:
    with suppress(NotFoundError):  # of a station that an older backup of the index lacks
        if view.camera_id is not None:
            return ZoneInfo(get_camera(session, view.camera_id)[1].timezone)
        if view.station_id is not None:
            return ZoneInfo(get_station(session, view.station_id).timezone)
    return COUNTRY_ZONE


def _place(view: HoldView, places: dict[UUID, str], texts: Texts) -> str:
    if view.camera_id is not None:
        return places.get(view.camera_id, "–")
    if view.station_id is not None:
        return f"{places.get(view.station_id, '–')} · {texts('hold.all_cameras')}"
    return texts("wall.all_regions")


def _row(view: HoldView, places: dict[UUID, str], texts: Texts) -> tuple[Cell, ...]:
    return (
        Cell(text=moment(view.placed_utc, COUNTRY_ZONE, texts), instant=view.placed_utc),
        Cell(text=begun(_place(view, places, texts)), href=f"/holds/{view.id}"),
        Cell(text=stretch(view.start, view.end, COUNTRY_ZONE, texts), order=view.start.isoformat()),
        Cell(text=view.reason),
        Cell(text=view.placed_by),
        _state(view, texts),
    )


def _state(view: HoldView, texts: Texts) -> Cell:
    if view.released_utc is None:
        return Cell(text=texts("hold.stands"), tone="ok")
    time = moment(view.released_utc, COUNTRY_ZONE, texts)
    return Cell(text=texts("hold.released", time=time), tone="idle")
