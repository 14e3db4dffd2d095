"""Legal holds: what they cover is never deleted while they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import UpdateBase, select, update
from sqlalchemy.orm import Session

from core.errors import BadInputError, ConflictError, NotFoundError
from core.timerange import TimeRange
from storage.hold_record import keep_hold
from storage.identity import lock_archive
from storage.index.footage_tables import HoldRow
from storage.index.registry_tables import CameraRow, StationRow
from storage.objects.port import ObjectStore


class NoReasonError(BadInputError):
    """Who keeps footage, or lets go of it, says why."""


class HoldReleasedError(ConflictError):
    """The hold was released before; by whom, when and why stays as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldScope:
    """What a hold covers."""

    range: TimeRange
    station_id: UUID | None = None
    """None: of every station."""
    camera_id: UUID | None = None
    """None: of every camera of the station."""

    def covers(self, station_id: UUID, camera_id: UUID, stretch: TimeRange) -> bool:
        """Whether any part of the footage falls under it."""
        return (
            self.station_id in (None, station_id)
            and self.camera_id in (None, camera_id)
            and self.range.overlaps(stretch)
        )


def covers_any(
    holds: Iterable[HoldScope], station_id: UUID, camera_id: UUID, stretch: TimeRange
) -> bool:
    """Whether any part of the footage falls under any of them."""
    return any(hold.covers(station_id, camera_id, stretch) for hold in holds)


def place_hold(
    session: Session,
    store: ObjectStore,
    scope: HoldScope,
    reason: str,
    placed_by: UUID,
    now_utc: datetime,
) -> HoldRow:
    """Keep everything in a scope from now on. A deletion that is being decided comes first.

    The hold is an object before the caller commits: it outlives the index.

    Raises:
        NoReasonError: It says nothing.
        BadInputError: A camera that is not the station's.
        NotFoundError: No such station or camera.
        StoreUnavailableError: Its object could not be written; there is no hold.
    """
    _check_reason(reason)
    _check_scope(session, scope)
    lock_archive(session)
    row = HoldRow(
        hold_id=uuid4(),
        station_id=scope.station_id,
        camera_id=scope.camera_id,
        start_utc=scope.range.start_utc,
        end_utc=scope.range.end_utc,
        reason=reason.strip(),
        placed_by=placed_by,
        placed_utc=now_utc,
    )
    session.add(row)
    session.flush()
    keep_hold(session, store, row)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Somebody lets go of a hold."""

    account_id: UUID
    reason: str
    at_utc: datetime


def release_hold(session: Session, hold_id: UUID, release: Release) -> HoldRow:
    """End a hold. The row stays.

    Raises:
        NotFoundError: No such hold.
        NoReasonError: It says nothing.
        HoldReleasedError: It was released before, be it a moment ago.
    """
    row = session.get(HoldRow, hold_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"there is no hold {hold_id}")
    if row.released_utc is None:
        _check_reason(release.reason)
        is_first = session.execute(_released(hold_id, release)).first() is not None
        session.refresh(row)
        if is_first:
            return row
    raise HoldReleasedError("this hold was released before")


def _released(hold_id: UUID, release: Release) -> UpdateBase:
    # Of two who release at once, the database lets one find it standing.
    return (
        update(HoldRow)
        .where(HoldRow.hold_id == hold_id, HoldRow.released_utc.is_(None))
        .values(
            released_utc=release.at_utc,
            released_by=release.account_id,
            release_reason=release.reason.strip(),
        )
        .returning(HoldRow.hold_id)
        .execution_options(synchronize_session=False)
    )


def list_holds(session: Session, *, is_standing: bool | None = None) -> Sequence[HoldRow]:
    """Holds, newest first: all of them, those that stand, or those that were released."""
    query = select(HoldRow).order_by(HoldRow.placed_utc.desc(), HoldRow.hold_id)
    if is_standing is not None:
        stands = HoldRow.released_utc.is_(None)
        query = query.where(stands if is_standing else ~stands)
    return session.scalars(query).all()


def standing_scopes(session: Session) -> list[HoldScope]:
    """What may not be deleted now."""
    return [
        HoldScope(
            range=TimeRange(row.start_utc, row.end_utc),
            station_id=row.station_id,
            camera_id=row.camera_id,
        )
        for row in list_holds(session, is_standing=True)
    ]


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise NoReasonError("a hold is placed and released for a reason; say which")


def _check_scope(session: Session, scope: HoldScope) -> None:
    if scope.station_id is not None and session.get(StationRow, scope.station_id) is None:
        raise NotFoundError(f"there is no station {scope.station_id}")
    if scope.camera_id is None:
        return
    camera = session.get(CameraRow, scope.camera_id)
    if camera is None:
        raise NotFoundError(f"there is no camera {scope.camera_id}")
    if scope.station_id not in (None, camera.station_id):
        raise BadInputError("the camera is not one of that station")
