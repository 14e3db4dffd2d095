"""Looks at footage: which camera, by whom, and the row that says so."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.services import CallerAddress, Services, Use
from core.timerange import TimeRange
from storage.index.registry_tables import CameraRow, StationRow
from storage.registry.access_log import Access, Action, log_access, log_access_once
from storage.registry.stations import get_camera

ONCE_A = timedelta(minutes=1)
"""Repeated looks of the same kind by the same account at the same camera are one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody looks at a camera in some way."""

    account: Account
    action: Action
    camera_id: UUID
    range: TimeRange | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Writes looks down from one caller's address."""

    services: Services
    address: str

    def note(self, session: Session, look: Look) -> tuple[CameraRow, StationRow]:
        """Write a look down, to be committed before anything is shown; its camera and station.

        Raises:
            NotFoundError: There is no such camera in the account's regions.
        """
        camera, station = visible_camera(session, look.account, look.camera_id)
        log_access(session, self._row(look, station), self.services.now_utc)
        return camera, station

    def note_once(self, session: Session, look: Look) -> tuple[CameraRow, StationRow]:
        """The same, but at most once in `ONCE_A`."""
        camera, station = visible_camera(session, look.account, look.camera_id)
        log_access_once(session, self._row(look, station), self.services.now_utc, ONCE_A)
        return camera, station

    def _row(self, look: Look, station: StationRow) -> Access:
        return Access(
            action=look.action,
            account_id=look.account.account_id,
            address=self.address,
            camera_id=look.camera_id,
            station_id=station.station_id,
            range=look.range,
            detail=look.detail,
        )


def visible_camera(
    session: Session, account: Account, camera_id: UUID
) -> tuple[CameraRow, StationRow]:
    """A camera in the account's regions and its station; `NotFoundError` otherwise."""
    camera, station = get_camera(session, camera_id)
    account.must_see(station.region, "camera")
    return camera, station


async def looking(services: Use, address: CallerAddress) -> Looking:
    """For routes that show footage."""
    return Looking(services=services, address=address)


UseLooking = Annotated[Looking, Depends(looking)]
