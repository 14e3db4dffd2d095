"""`/api/v1/holds`: what must not be deleted."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.parameters import Comment, Instant, checked_range
from api.services import CallerAddress, Use
from api.v1 import V1
from core.errors import ForbiddenError, NotFoundError
from storage.holds import HoldScope, list_holds, place_hold, release_hold
from storage.index.footage_tables import HoldRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.accounts import names_of
from storage.registry.stations import get_camera, get_station

_LONGEST = timedelta(days=3660)

router = APIRouter(prefix=f"{V1}/holds", tags=["holds"])

Keeper = Annotated[Account, Depends(require(Right.HOLD))]


class NewHold(BaseModel):
    """What shall be kept. Without a camera: all of the station; without both: everything."""

    station_id: UUID | None = None
    camera_id: UUID | None = None
    start: Instant
    end: Instant
    reason: Comment


class HoldView(BaseModel):
    """A hold and who is behind it."""

    id: UUID
    station_id: UUID | None
    camera_id: UUID | None
    start: datetime
    end: datetime
    reason: str
    placed_by: str
    placed_utc: datetime
    released_by: str | None
    released_utc: datetime | None


@router.get("")
def show_holds(services: Use, account: Keeper) -> list[HoldView]:
    """Holds over footage of the account's regions, newest first, released ones included."""
    with services.transaction() as session:
        names = names_of(session)
        rows = [row for row in list_holds(session) if _is_visible(session, account, row)]
        return [_view(row, names) for row in rows]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_hold(new: NewHold, services: Use, account: Keeper, address: CallerAddress) -> HoldView:
    """Keep footage from being deleted."""
    scope = HoldScope(
        range=checked_range(new.start, new.end, _LONGEST),
        station_id=new.station_id,
        camera_id=new.camera_id,
    )
    with services.transaction() as session:
        if account.regions and _region_of(session, new.station_id, new.camera_id) is None:
            raise ForbiddenError("only accounts of the whole country may hold everything")
        _check_scope(session, account, scope)
        row = place_hold(session, scope, new.reason, account.account_id, services.now_utc)
        log_access(session, _entry(Action.HOLD_PLACED, account, address, row), services.now_utc)
        return _view(row, names_of(session))


@router.delete("/{hold_id}")
def end_hold(hold_id: UUID, services: Use, account: Keeper, address: CallerAddress) -> HoldView:
    """Release a hold; that it stood stays on record."""
    with services.transaction() as session:
        row = session.get(HoldRow, hold_id)
        if row is None or not _is_visible(session, account, row):
            raise NotFoundError("there is no such hold")
        row = release_hold(session, hold_id, account.account_id, services.now_utc)
        log_access(session, _entry(Action.HOLD_RELEASED, account, address, row), services.now_utc)
        return _view(row, names_of(session))


def _check_scope(session: Session, account: Account, scope: HoldScope) -> None:
    region = _region_of(session, scope.station_id, scope.camera_id)
    if region is not None:
        account.must_see(region, "station or camera")


def _is_visible(session: Session, account: Account, row: HoldRow) -> bool:
    region = _region_of(session, row.station_id, row.camera_id)
    return not account.regions if region is None else account.sees(region)


def _region_of(session: Session, station_id: UUID | None, camera_id: UUID | None) -> str | None:
    if camera_id is not None:
        return get_camera(session, camera_id)[1].region
    return get_station(session, station_id).region if station_id is not None else None


def _entry(action: Action, account: Account, address: str, row: HoldRow) -> Access:
    return Access(
        action=action,
        account_id=account.account_id,
        address=address,
        camera_id=row.camera_id,
        station_id=row.station_id,
        detail=f"{row.hold_id}: {row.reason}",
    )


def _view(row: HoldRow, names: dict[UUID, str]) -> HoldView:
    return HoldView(
        id=row.hold_id,
        station_id=row.station_id,
        camera_id=row.camera_id,
        start=row.start_utc,
        end=row.end_utc,
        reason=row.reason,
        placed_by=names.get(row.placed_by, "?"),
        placed_utc=row.placed_utc,
        released_by=names.get(row.released_by) if row.released_by else None,
        released_utc=row.released_utc,
    )
