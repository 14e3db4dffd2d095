"""`/admin/…`: stations, recorders and accounts as they are registered."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.account_changes import Changer
from api.auth.account import Account
from api.auth.current import require
from api.auth.passwords import MIN_LENGTH
from api.auth.rights import Right, Role
from api.routes.devices import show_devices
from api.routes.stations import show_station
from api.services import Use
from api.station_list import COLUMNS
from api.web.admin_rows import (
    ACCOUNT_COLUMNS,
    DEVICE_COLUMNS,
    STATION_COLUMNS,
    account_row,
    device_row,
    station_row,
)
from api.web.rendering import FORM_WORDS, page, reader_of
from api.web.table_page import table_page
from api.web.tables import Table
from core.regions import REGIONS
from core.station import LiveMode, StationMode
from storage.index.registry_tables import CameraRow
from storage.registry.accounts import list_accounts
from storage.registry.stations import list_stations

router = APIRouter(prefix="/admin", include_in_schema=False)

StationAdmin = Annotated[Account, Depends(require(Right.MANAGE_STATIONS))]
AccountAdmin = Annotated[Account, Depends(require(Right.MANAGE_ACCOUNTS))]
Technician = Annotated[Account, Depends(require(Right.SEE_DEVICES))]

_WORDS = (*FORM_WORDS, "import.", "made.", "unit.")


@router.get("/stations")
def stations(request: Request, services: Use, account: StationAdmin) -> Response:
    """All registered stations; new ones by form or list."""
    texts = reader_of(request, account).texts
    with services.transaction() as session:
        rows = list_stations(session, account.regions)
        counts = _camera_counts(session)
    table = Table(
        columns=STATION_COLUMNS,
        rows=tuple(station_row(row, counts.get(row.station_id, 0), texts) for row in rows),
    )
    values = {**_choices(), "words": texts.under(*_WORDS), "list_columns": COLUMNS}
    return table_page(request, account, "admin_stations.html", table, values)


@router.get("/stations/{station_id}")
def station(station_id: UUID, request: Request, services: Use, account: StationAdmin) -> Response:
    """One station: what is registered, its cameras, and how its recorder is enrolled."""
    record = show_station(station_id, services, account)
    texts = reader_of(request, account).texts
    devices = show_devices(services, account, station_id)
    values = {
        **_choices(),
        "station": record,
        "devices": [device_row(device, texts) for device in devices],
        "device_views": devices,
        "words": texts.under(*_WORDS),
    }
    return page(request, "admin_station.html", values, account)


@router.get("/devices")
def devices(request: Request, services: Use, account: Technician) -> Response:
    """All recorders that were ever enrolled."""
    texts = reader_of(request, account).texts
    rows = tuple(device_row(view, texts) for view in show_devices(services, account))
    table = Table(columns=DEVICE_COLUMNS, rows=rows)
    return table_page(request, account, "admin_devices.html", table)


@router.get("/accounts")
def accounts(request: Request, services: Use, account: AccountAdmin) -> Response:
    """All accounts within reach, and the form of a new one."""
    texts = reader_of(request, account).texts
    changer = Changer(services=services, account=account)
    with services.transaction() as session:
        reached = [row for row in list_accounts(session) if changer.may_reach(row)]
    rows = tuple(account_row(row, texts) for row in reached)
    values = {**_choices(), "words": texts.under(*_WORDS), "min_length": MIN_LENGTH}
    table = Table(columns=ACCOUNT_COLUMNS, rows=rows)
    return table_page(request, account, "admin_accounts.html", table, values)


@router.get("/accounts/{account_id}")
def one_account(
    account_id: UUID, request: Request, services: Use, account: AccountAdmin
) -> Response:
    """One account."""
    texts = reader_of(request, account).texts
    with services.transaction() as session:
        row = Changer(services=services, account=account).reachable(session, account_id)
    values = {
        **_choices(),
        "row": row,
        "is_own": account_id == account.account_id,
        "words": texts.under(*_WORDS),
        "min_length": MIN_LENGTH,
    }
    return page(request, "admin_account.html", values, account)


def _camera_counts(session: Session) -> dict[UUID, int]:
    counts: dict[UUID, int] = {}
    for station_id in session.scalars(select(CameraRow.station_id).where(CameraRow.is_active)):
        counts[station_id] = counts.get(station_id, 0) + 1
    return counts


def _choices() -> dict[str, object]:
    return {
        "regions": REGIONS,
        "modes": tuple(StationMode),
        "live_modes": tuple(LiveMode),
        "roles": tuple(Role),
    }
