"""`/api/v1/access-log`: who looked at what."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.parameters import Instant
from api.services import Use
from api.v1 import V1
from storage.index.registry_tables import AccessRow
from storage.registry.access_log import AccessFilter, Action, list_accesses
from storage.registry.accounts import names_of

router = APIRouter(prefix=V1, tags=["access log"])


class AccessView(BaseModel):
    """One row of the log."""

    id: int
    at_utc: datetime
    user: str | None
    """null: a device, or somebody who failed to sign in."""
    action: str
    camera_id: UUID | None
    station_id: UUID | None
    start: datetime | None
    end: datetime | None
    detail: str
    address: str


class AccessQuery(BaseModel):
    """What is wanted of the log."""

    account_id: UUID | None = None
    camera_id: UUID | None = None
    station_id: UUID | None = None
    action: Action | None = None
    start: Instant | None = None
    end: Instant | None = None
    before_id: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """Page on: the smallest id seen so far."""
    limit: int = Field(default=200, ge=1, le=1000)


@router.get("/access-log")
def show_access_log(
    wanted: Annotated[AccessQuery, Query()],
    services: Use,
    account: Annotated[Account, Depends(require(Right.SEE_ACCESS_LOG))],
) -> list[AccessView]:
    """The newest rows of the account's regions; rows of no region are for the whole country's."""
    chosen = AccessFilter(
        regions=account.regions,
        account_id=wanted.account_id,
        camera_id=wanted.camera_id,
        station_id=wanted.station_id,
        action=wanted.action,
        start_utc=wanted.start,
        end_utc=wanted.end,
        before_id=wanted.before_id,
    )
    with services.transaction() as session:
        names = names_of(session)
        rows = list_accesses(session, chosen, wanted.limit)
    return [_view(row, names) for row in rows]


def _view(row: AccessRow, names: dict[UUID, str]) -> AccessView:
    return AccessView(
        id=row.access_id,
        at_utc=row.at_utc,
        user=names.get(row.account_id) if row.account_id else None,
        action=row.action,
        camera_id=row.camera_id,
        station_id=row.station_id,
        start=row.start_utc,
        end=row.end_utc,
        detail=row.detail,
        address=row.address,
    )
