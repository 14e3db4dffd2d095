"""`/api/v1/devices` and the tokens by which new ones become known."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.registry_change import registry_change
from api.services import CallerAddress, Use
from api.v1 import V1
from core.errors import NotFoundError
from storage.index.registry_tables import DeviceRow, EnrolmentTokenRow, StationRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.accounts import names_of
from storage.registry.devices import list_devices, revoke_device
from storage.registry.enrolment import issue_token, list_tokens
from storage.registry.stations import get_station

router = APIRouter(prefix=V1, tags=["devices"])

Technician = Annotated[Account, Depends(require(Right.SEE_DEVICES))]
Admin = Annotated[Account, Depends(require(Right.MANAGE_DEVICES))]


class StationNotInUseError(NotFoundError):
    """No recorder is enrolled for a station that is off the wall."""


class DeviceView(BaseModel):
    """A station's recorder."""

    id: UUID
    station_id: UUID
    station_number: str
    region: str
    agent_version: str
    enrolled_utc: datetime
    revoked_utc: datetime | None
    last_report_utc: datetime | None


class EnrolmentTokenView(BaseModel):
    """A token that was made, without its text."""

    id: str
    created_utc: datetime
    created_by: str
    expires_utc: datetime
    used_utc: datetime | None
    device_id: UUID | None


class MadeEnrolmentToken(BaseModel):
    """A token that was just made. Shown now and never again."""

    token: str
    station_pin: str
    """Opens stills and metrics on the station's own page."""
    expires_utc: datetime


@router.get("/devices")
def show_devices(
    services: Use, account: Technician, station_id: UUID | None = None
) -> list[DeviceView]:
    """The devices of the account's regions, revoked ones included."""
    with services.transaction() as session:
        rows = list_devices(session, account.regions, station_id)
        return [_device_view(device, station) for device, station in rows]


@router.post("/devices/{device_id}/revoke")
def revoke(device_id: UUID, services: Use, account: Admin, address: CallerAddress) -> DeviceView:
    """Trust a device no longer, from its next request on. What it signed stays valid."""
    with registry_change(services) as session:
        device = revoke_device(session, device_id, services.now_utc)
        station = _visible(session, account, device.station_id, "device")
        access = Access(
            action=Action.DEVICE_REVOKED,
            account_id=account.account_id,
            address=address,
            station_id=station.station_id,
            detail=str(device_id),
        )
        log_access(session, access, services.now_utc)
        return _device_view(device, station)


@router.get("/stations/{station_id}/enrolment-tokens")
def show_enrolment_tokens(
    station_id: UUID, services: Use, account: Admin
) -> list[EnrolmentTokenView]:
    """A station's tokens, newest first, without their texts."""
    with services.transaction() as session:
        _visible(session, account, station_id, "station")
        names = names_of(session)
        return [_token_view(row, names) for row in list_tokens(session, station_id)]


@router.post("/stations/{station_id}/enrolment-tokens", status_code=status.HTTP_201_CREATED)
def make_enrolment_token(
    station_id: UUID, services: Use, account: Admin, address: CallerAddress
) -> MadeEnrolmentToken:
    """Make a single-use token for a new device of this station."""
    now_utc = services.now_utc
    expires_utc = now_utc + services.settings.enrolment_lifetime
    with services.transaction() as session:
        station = _visible(session, account, station_id, "station")
        if not station.is_active:
            raise StationNotInUseError("this station is not in use")
        issued = issue_token(session, station_id, account.account_id, now_utc, expires_utc)
        access = Access(
            action=Action.ENROLMENT_TOKEN_MADE,
            account_id=account.account_id,
            address=address,
            station_id=station_id,
        )
        log_access(session, access, now_utc)
    return MadeEnrolmentToken(
        token=issued.token, station_pin=issued.station_pin, expires_utc=issued.expires_utc
    )


def _visible(session: Session, account: Account, station_id: UUID, what: str) -> StationRow:
    station = get_station(session, station_id)
    account.must_see(station.region, what)
    return station


def _device_view(device: DeviceRow, station: StationRow) -> DeviceView:
    return DeviceView(
        id=device.device_id,
        station_id=station.station_id,
        station_number=station.number,
        region=station.region,
        agent_version=device.agent_version,
        enrolled_utc=device.enrolled_utc,
        revoked_utc=device.revoked_utc,
        last_report_utc=device.last_report_utc,
    )


def _token_view(row: EnrolmentTokenRow, names: dict[UUID, str]) -> EnrolmentTokenView:
    return EnrolmentTokenView(
        id=row.token_sha256[:16],
        created_utc=row.created_utc,
        created_by=names.get(row.created_by, "?"),
        expires_utc=row.expires_utc,
        used_utc=row.used_utc,
        device_id=row.device_id,
    )
