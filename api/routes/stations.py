"""`/api/v1/stations` as they are registered, and their cameras."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.parameters import FilledLine, Line, Region, Timezone
from api.registry_change import registry_change
from api.services import CallerAddress, Use
from api.station_changes import Registrar
from api.station_forms import NewStation, Number, Phone, StationForm
from api.station_import import ImportReport, import_list
from api.v1 import V1
from core.errors import NotFoundError
from core.station import LiveMode, StationMode
from storage.index.registry_tables import CameraRow, StationRow
from storage.registry.stations import facts_of, get_camera, get_station, list_cameras

router = APIRouter(prefix=f"{V1}/stations", tags=["stations"])

Watcher = Annotated[Account, Depends(require(Right.SEE_STATUS))]


async def registrar(
    services: Use,
    account: Annotated[Account, Depends(require(Right.MANAGE_STATIONS))],
    address: CallerAddress,
) -> Registrar:
    """The admin who calls."""
    return Registrar(account=account, address=address, now_utc=services.now_utc)


Admin = Annotated[Registrar, Depends(registrar)]


class CameraRecord(BaseModel):
    """A camera as it is registered."""

    id: UUID
    position: int
    name: str
    is_active: bool


class StationRecord(StationForm):
    """A station as it is registered."""

    id: UUID
    is_active: bool
    created_utc: datetime
    cameras: tuple[CameraRecord, ...]


class StationChange(BaseModel):
    """What shall be different; a field that is not there stays."""

    model_config = ConfigDict(extra="forbid")

    number: Number | None = None
    name: FilledLine | None = None
    region: Region | None = None
    address: Line | None = None
    mode: StationMode | None = None
    live: LiveMode | None = None
    timezone: Timezone | None = None
    phone: Phone | None = None
    is_active: bool | None = None
    """False takes the station off the wall; its footage stays."""


class NewCamera(BaseModel):
    """A camera to be registered."""

    name: Line = ""
    position: int | None = Field(default=None, ge=1, le=99)
    """By default behind the last one."""


class CameraChange(BaseModel):
    """What shall be different."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    is_active: bool | None = None


@router.post("", status_code=status.HTTP_201_CREATED)
def create_station(new: NewStation, services: Use, admin: Admin) -> StationRecord:
    """Register a station with its cameras."""
    with registry_change(services) as session:
        return station_record(session, admin.create(session, new))


@router.post("/import")
def import_stations(
    content: Annotated[bytes, Body(media_type="text/csv")],
    services: Use,
    admin: Admin,
    *,
    dry_run: bool = False,
) -> ImportReport:
    """Register a country's list, all or nothing; with `dry_run` only say what would happen."""
    return import_list(services, admin, content, dry_run=dry_run)


@router.get("/{station_id}")
def show_station(station_id: UUID, services: Use, account: Watcher) -> StationRecord:
    """One station as it is registered, in use or not."""
    with services.transaction() as session:
        return station_record(session, _visible(session, account, station_id))


@router.patch("/{station_id}")
def change_station(
    station_id: UUID, change: StationChange, services: Use, admin: Admin
) -> StationRecord:
    """Change what is registered."""
    wanted = change.model_dump(exclude_none=True)
    is_active = wanted.pop("is_active", None)
    with registry_change(services) as session:
        row = _visible(session, admin.account, station_id)
        admin.change(session, row, replace(facts_of(row), **wanted))
        if is_active is not None and row.is_active != is_active:
            row.is_active = is_active
            admin.log(session, row, "put into use" if is_active else "taken out of use")
        return station_record(session, row)


@router.get("/{station_id}/cameras")
def show_cameras(station_id: UUID, services: Use, account: Watcher) -> list[CameraRecord]:
    """A station's cameras, in use or not."""
    with services.transaction() as session:
        _visible(session, account, station_id)
        return [_camera_record(row) for row in list_cameras(session, station_id)]


@router.post("/{station_id}/cameras", status_code=status.HTTP_201_CREATED)
def create_camera(station_id: UUID, new: NewCamera, services: Use, admin: Admin) -> CameraRecord:
    """Register one more camera."""
    with registry_change(services) as session:
        row = _visible(session, admin.account, station_id)
        return _camera_record(admin.add_camera(session, row, new.name, new.position))


@router.patch("/{station_id}/cameras/{camera_id}")
def change_camera(
    station_id: UUID, camera_id: UUID, change: CameraChange, services: Use, admin: Admin
) -> CameraRecord:
    """Rename a camera, or take it into or out of use; its footage stays."""
    with registry_change(services) as session:
        row = _visible(session, admin.account, station_id)
        camera, _ = get_camera(session, camera_id)
        if camera.station_id != station_id:
            raise NotFoundError("there is no such camera at this station")
        camera.name = camera.name if change.name is None else change.name
        camera.is_active = camera.is_active if change.is_active is None else change.is_active
        if session.is_modified(camera):
            admin.log(session, row, f"camera {camera.position} changed")
        return _camera_record(camera)


def station_record(session: Session, row: StationRow) -> StationRecord:
    """A station as it is registered."""
    facts = facts_of(row)
    return StationRecord(
        **{name: getattr(facts, name) for name in StationForm.model_fields},
        id=row.station_id,
        is_active=row.is_active,
        created_utc=row.created_utc,
        cameras=tuple(_camera_record(c) for c in list_cameras(session, row.station_id)),
    )


def _visible(session: Session, account: Account, station_id: UUID) -> StationRow:
    row = get_station(session, station_id)
    account.must_see(row.region, "station")
    return row


def _camera_record(row: CameraRow) -> CameraRecord:
    return CameraRecord(
        id=row.camera_id, position=row.position, name=row.name, is_active=row.is_active
    )
