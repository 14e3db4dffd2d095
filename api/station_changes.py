"""Registering and changing stations and their cameras."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.auth.account import Account
from api.station_forms import MAX_CAMERAS, NewStation
from core.errors import BadInputError, ForbiddenError
from storage.index.registry_tables import CameraRow, StationRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.stations import (
    StationFacts,
    add_camera,
    change_station,
    create_station,
    list_cameras,
)


class TooManyCamerasError(BadInputError):
    """More than one recorder is made for."""


class ForeignRegionError(ForbiddenError):
    """The region is not one of the account's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Who registers, where from and when."""

    account: Account
    address: str
    now_utc: datetime

    def create(self, session: Session, new: NewStation) -> StationRow:
        """Register a station with its cameras."""
        self.check_region(new.region)
        row = create_station(session, new.facts(), self.now_utc)
        for name in new.cameras:
            add_camera(session, row.station_id, name)
        self.log(session, row, "registered")
        return row

    def change(self, session: Session, row: StationRow, facts: StationFacts) -> bool:
        """Change what is registered; whether anything was."""
        self.check_region(facts.region)
        is_changed = change_station(session, row, facts)
        if is_changed:
            self.log(session, row, "changed")
        return is_changed

    def add_camera(
        self, session: Session, row: StationRow, name: str, position: int | None
    ) -> CameraRow:
        """Register one more camera."""
        if len(list_cameras(session, row.station_id)) >= MAX_CAMERAS:
            raise TooManyCamerasError(f"a station has at most {MAX_CAMERAS} cameras")
        camera = add_camera(session, row.station_id, name, position)
        self.log(session, row, f"camera {camera.position} registered")
        return camera

    def check_region(self, region: str) -> None:
        """Raise `ForeignRegionError` outside the account's regions."""
        if not self.account.sees(region):
            raise ForeignRegionError(f"the region {region} is not one of yours")

    def log(self, session: Session, row: StationRow, what: str) -> None:
        """Keep who changed what."""
        access = Access(
            action=Action.STATION_CHANGED,
            account_id=self.account.account_id,
            address=self.address,
            station_id=row.station_id,
            detail=f"station {row.number}: {what}",
        )
        log_access(session, access, self.now_utc)
