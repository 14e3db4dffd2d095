"""Placing and releasing holds, by the API or a page."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.parameters import Comment, Instant, checked_range
from api.services import Services
from core.errors import ForbiddenError, NotFoundError
from core.timerange import TimeRange
from storage.holds import HoldScope, Release, list_holds, place_hold, release_hold
from storage.index.footage_tables import HoldRow
from storage.index.registry_tables import StationRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.accounts import names_of
from storage.registry.stations import get_camera, get_station

LONGEST = timedelta(days=3660)
"""Of what one hold keeps."""


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
    release_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Who keeps footage, and from where. Every act of theirs is a row of the access log."""

    services: Services
    account: Account
    address: str

    def holds(self) -> list[HoldView]:
        """Those over footage of the account's regions, newest first, released ones included."""
        with self.services.transaction() as session:
            names = names_of(session)
            return [_view(row, names) for row in list_holds(session) if self._sees(session, row)]

    def hold(self, hold_id: UUID) -> HoldView:
        """One of them; `NotFoundError` where there is none."""
        with self.services.transaction() as session:
            return _view(self._visible(session, hold_id), names_of(session))

    def place(self, new: NewHold) -> HoldView:
        """Keep footage from being deleted.

        Raises:
            ForbiddenError: Everything, by an account of some regions.
            PollcamError: As `storage.holds.place_hold` and `api.parameters.checked_range`.
        """
        scope = HoldScope(
            range=checked_range(new.start, new.end, LONGEST),
            station_id=new.station_id,
            camera_id=new.camera_id,
        )
        with self.services.transaction() as session:
            self._check_reach(session, scope)
            row = place_hold(
                session,
                self.services.store,
                scope,
                new.reason,
                self.account.account_id,
                self.services.now_utc,
            )
            self._log(session, Action.HOLD_PLACED, row, row.reason)
            return _view(row, names_of(session))

    def release(self, hold_id: UUID, reason: str) -> HoldView:
        """Let go of a hold; that it stood stays on record.

        Raises:
            NotFoundError: No such hold.
            PollcamError: As `storage.holds.release_hold`.
        """
        now_utc = self.services.now_utc
        release = Release(account_id=self.account.account_id, reason=reason, at_utc=now_utc)
        with self.services.transaction() as session:
            self._visible(session, hold_id)
            row = release_hold(session, hold_id, release)
            self._log(session, Action.HOLD_RELEASED, row, reason)
            return _view(row, names_of(session))

    def _check_reach(self, session: Session, scope: HoldScope) -> None:
        station = _station_of(session, scope.station_id, scope.camera_id)
        if station is not None:
            self.account.must_see(station.region, "station or camera")
        elif self.account.regions:
            raise ForbiddenError("only accounts of the whole country may hold everything")

    def _visible(self, session: Session, hold_id: UUID) -> HoldRow:
        row = session.get(HoldRow, hold_id)
        if row is None or not self._sees(session, row):
            raise NotFoundError("there is no such hold")
        return row

    def _sees(self, session: Session, row: HoldRow) -> bool:
        station = _station_held(session, row)
        return not self.account.regions if station is None else self.account.sees(station.region)

    def _log(self, session: Session, action: Action, row: HoldRow, reason: str) -> None:
        station = _station_held(session, row)
        access = Access(
            action=action,
            account_id=self.account.account_id,
            address=self.address,
            camera_id=row.camera_id,
            # Of a camera's hold, too: by it the log is shown to the accounts of a region.
            station_id=station.station_id if station else None,
            range=TimeRange(row.start_utc, row.end_utc),
            detail=f"{row.hold_id}: {reason}",
        )
        log_access(session, access, self.services.now_utc)


def _station_of(
    session: Session, station_id: UUID | None, camera_id: UUID | None
) -> StationRow | None:
    if camera_id is not None:
        return get_camera(session, camera_id)[1]
    return get_station(session, station_id) if station_id is not None else None


def _station_held(session: Session, row: HoldRow) -> StationRow | None:
    # A hold that came back from its object may be of a station that an older backup lacks.
    with suppress(NotFoundError):
        return _station_of(session, row.station_id, row.camera_id)
    return None


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
        release_reason=row.release_reason,
    )
