"""What the archive holds, for pickers that offer nothing that is not there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.web.day_bar import day_starting
from storage.index.footage_tables import GapRow, SegmentRow
from storage.index.registry_tables import CameraRow
from storage.registry.stations import list_stations

_LONGEST = 31
"""Days offered; further ones are reached by their date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStation:
    """A station of the picker."""

    number: str
    name: str
    region: str
    cameras: tuple[tuple[UUID, int, bool], ...]
    """Id, position, and whether the archive knows of any footage of it."""

    @property
    def is_known(self) -> bool:
        """Whether there is anything to look at."""
        return any(is_known for _, _, is_known in self.cameras)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDay:
    """A day of which the archive knows something."""

    day: date
    recorded: timedelta
    """Announced or stored footage; what of it plays, the day's bar says."""


def stations_of(session: Session, account: Account) -> tuple[ArchiveStation, ...]:
    """All stations the account may see, with their cameras, by number."""
    known = _cameras_with_segments(session)
    cameras: dict[UUID, list[tuple[UUID, int, bool]]] = {}
    for row in session.scalars(select(CameraRow).order_by(CameraRow.position)):
        found = (row.camera_id, row.position, row.camera_id in known)
        cameras.setdefault(row.station_id, []).append(found)
    return tuple(
        ArchiveStation(
            number=row.number,
            name=row.name,
            region=row.region,
            cameras=tuple(cameras.get(row.station_id, ())),
        )
        for row in list_stations(session, account.regions)
    )


def _cameras_with_segments(session: Session) -> set[UUID]:
    # One look at the index for each camera: a country's segments are too many to go through.
    has_some = exists().where(SegmentRow.camera_id == CameraRow.camera_id)
    return set(session.scalars(select(CameraRow.camera_id).where(has_some)))


def days_of(session: Session, camera_id: UUID, zone: ZoneInfo) -> tuple[ArchiveDay, ...]:
    """The days between the first and the last thing known of a camera, oldest first."""
    ends = _ends(session, camera_id)
    if ends is None:
        return ()
    last = ends[1].astimezone(zone).date()
    first = max(ends[0].astimezone(zone).date(), last - timedelta(days=_LONGEST - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(
        ArchiveDay(day=day, recorded=_recorded(session, camera_id, day, zone)) for day in days
    )


def _ends(session: Session, camera_id: UUID) -> tuple[datetime, datetime] | None:
    found: list[datetime | None] = []
    for table in (SegmentRow, GapRow):
        ends = select(func.min(table.start_utc), func.max(table.end_utc))
        found += session.execute(ends.where(table.camera_id == camera_id)).one()
    known = [instant for instant in found if instant is not None]
    return (min(known), max(known)) if known else None


def _recorded(session: Session, camera_id: UUID, day: date, zone: ZoneInfo) -> timedelta:
    whole = day_starting(day, zone)
    total = session.scalar(
        select(func.sum(SegmentRow.media_duration_us)).where(
            SegmentRow.camera_id == camera_id,
            SegmentRow.start_utc >= whole.start_utc,
            SegmentRow.start_utc < whole.end_utc,
        )
    )
    return timedelta(microseconds=int(total or 0))
