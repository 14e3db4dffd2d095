"""Stations and their cameras."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConflictError, NotFoundError
from core.station import LiveMode, StationMode
from storage.index.registry_tables import CameraRow, StationRow


class StationExistsError(ConflictError):
    """The number is another station's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFacts:
    """What the commission registers of a station."""

    number: str
    name: str
    region: str
    mode: StationMode
    live: LiveMode
    address: str = ""
    timezone: str = "Asia/Bishkek"
    phone: str = ""


def create_station(session: Session, facts: StationFacts, now_utc: datetime) -> StationRow:
    """Add a station.

    Raises:
        StationExistsError: The number is taken.
    """
    _check_number_free(session, facts.number)
    row = StationRow(station_id=uuid4(), is_active=True, created_utc=now_utc)
    _fill(row, facts)
    session.add(row)
    session.flush()
    return row


def change_station(session: Session, row: StationRow, facts: StationFacts) -> bool:
    """Give a station other facts; whether anything changed.

    Raises:
        StationExistsError: Another station has the number.
    """
    if row.number != facts.number:
        _check_number_free(session, facts.number)
    _fill(row, facts)
    is_changed = session.is_modified(row)
    session.flush()
    return is_changed


def facts_of(row: StationRow) -> StationFacts:
    """The facts as they stand."""
    return StationFacts(
        number=row.number,
        name=row.name,
        region=row.region,
        mode=StationMode(row.mode),
        live=LiveMode(row.live),
        address=row.address,
        timezone=row.timezone,
        phone=row.phone,
    )


def get_station(session: Session, station_id: UUID) -> StationRow:
    """The station, or `NotFoundError`."""
    row = session.get(StationRow, station_id)
    if row is None:
        raise NotFoundError("there is no such station")
    return row


def list_stations(session: Session, regions: Sequence[str] = ()) -> Sequence[StationRow]:
    """Stations of these regions (none named: all), by number, those off the wall included."""
    query = select(StationRow).order_by(StationRow.number)
    if regions:
        query = query.where(StationRow.region.in_(regions))
    return session.scalars(query).all()


def stations_by_number(session: Session, numbers: Iterable[str]) -> Mapping[str, StationRow]:
    """The stations among these numbers."""
    wanted = set(numbers)
    rows = session.scalars(select(StationRow))
    return {row.number: row for row in rows if row.number in wanted}


def add_camera(
    session: Session, station_id: UUID, name: str, position: int | None = None
) -> CameraRow:
    """Add a camera at a position, by default behind the last one.

    Raises:
        ConflictError: The position is taken.
    """
    taken = {camera.position for camera in list_cameras(session, station_id)}
    if position in taken:
        raise ConflictError(f"the station has a camera {position} already")
    place = position if position is not None else max(taken, default=0) + 1
    row = CameraRow(
        camera_id=uuid4(), station_id=station_id, position=place, name=name, is_active=True
    )
    session.add(row)
    session.flush()
    return row


def list_cameras(session: Session, station_id: UUID) -> Sequence[CameraRow]:
    """A station's cameras by position, those out of use included."""
    return session.scalars(
        select(CameraRow).where(CameraRow.station_id == station_id).order_by(CameraRow.position)
    ).all()


def get_camera(session: Session, camera_id: UUID) -> tuple[CameraRow, StationRow]:
    """A camera and its station, or `NotFoundError`."""
    found = session.execute(
        select(CameraRow, StationRow)
        .join(StationRow, StationRow.station_id == CameraRow.station_id)
        .where(CameraRow.camera_id == camera_id)
    ).first()
    if found is None:
        raise NotFoundError("there is no such camera")
    return found[0], found[1]


def _check_number_free(session: Session, number: str) -> None:
    taken = session.scalar(select(StationRow.station_id).where(StationRow.number == number))
    if taken is not None:
        raise StationExistsError(f"there is a station {number} already")


def _fill(row: StationRow, facts: StationFacts) -> None:
    row.number = facts.number
    row.name = facts.name
    row.region = facts.region
    row.address = facts.address
    row.mode = facts.mode.value
    row.live = facts.live.value
    row.timezone = facts.timezone
    row.phone = facts.phone
