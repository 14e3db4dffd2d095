"""Registering stations, one or a country's list at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.station_forms import MAX_CAMERAS, NewStation
from api.station_list import BadLine, StationList
from core.errors import BadInputError, ForbiddenError
from storage.index.registry_tables import CameraRow, StationRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.stations import (
    StationFacts,
    add_camera,
    change_station,
    create_station,
    list_cameras,
    stations_by_number,
)


class ImportReport(BaseModel):
    """What a list would change, or changed."""

    is_applied: bool
    created: int
    changed: int
    unchanged: int
    bad_lines: tuple[BadLine, ...] = ()


class TooManyCamerasError(BadInputError):
    """More than one recorder is made for."""


class ForeignRegionError(ForbiddenError):
    """The region is not one of the account's."""


class BadListError(BadInputError):
    """The list has faults; nothing of it was taken."""

    def __init__(self, bad_lines: Sequence[BadLine]) -> None:
        super().__init__(f"the list has {len(bad_lines)} faults; nothing was changed")
        self.facts = {"bad_lines": [line.model_dump() for line in bad_lines]}


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

    def take_list(self, session: Session, listed: StationList) -> ImportReport:
        """Register every station of a list, or none.

        Known numbers are changed; cameras are added and renamed, never removed.

        Raises:
            BadListError: At least one line has a fault.
        """
        faults = (*listed.bad_lines, *self._foreign(listed))
        if faults:
            raise BadListError(faults)
        known = stations_by_number(session, (item.station.number for item in listed.stations))
        words = [
            self._take(session, known.get(i.station.number), i.station) for i in listed.stations
        ]
        return ImportReport(
            is_applied=True,
            created=words.count("created"),
            changed=words.count("changed"),
            unchanged=words.count("unchanged"),
        )

    def check_region(self, region: str) -> None:
        """Raise `ForeignRegionError` outside the account's regions."""
        if not self.account.sees(region):
            raise ForeignRegionError(f"the region {region} is not one of yours")

    def log(self, session: Session, row: StationRow, what: str) -> None:
        """Keep who changed what."""
        entry = Access(
            action=Action.STATION_CHANGED,
            account_id=self.account.account_id,
            address=self.address,
            station_id=row.station_id,
            detail=f"station {row.number}: {what}",
        )
        log_access(session, entry, self.now_utc)

    def _take(self, session: Session, row: StationRow | None, new: NewStation) -> str:
        if row is None:
            self.create(session, new)
            return "created"
        self.check_region(row.region)  # a station of another region is not taken over by a list
        is_changed = self.change(session, row, new.facts())
        cameras_changed = self._take_cameras(session, row, new.cameras)
        return "changed" if is_changed or cameras_changed else "unchanged"

    def _take_cameras(self, session: Session, row: StationRow, names: Sequence[str]) -> bool:
        known = {camera.position: camera for camera in list_cameras(session, row.station_id)}
        is_changed = False
        for position, name in enumerate(names, 1):
            camera = known.get(position)
            if camera is None:
                add_camera(session, row.station_id, name, position)
            elif camera.name != name:
                camera.name = name
            else:
                continue
            is_changed = True
        return is_changed

    def _foreign(self, listed: StationList) -> Sequence[BadLine]:
        return [
            BadLine(
                line=item.line,
                column="region",
                reason="not one of your regions",
                code="foreign_region",
            )
            for item in listed.stations
            if not self.account.sees(item.station.region)
        ]
