"""The recorders of stations, known by their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, NotFoundError, UnauthenticatedError
from storage.index.registry_tables import DeviceRow, StationRow


class NotEnrolledError(UnauthenticatedError):
    """The device is not known, or was revoked."""

    def __init__(self) -> None:
        super().__init__("this device is not, or no longer, enrolled")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A device that proved to hold its key."""

    station_id: UUID
    public_key: str
    agent_version: str


def add_device(session: Session, new: NewDevice, now_utc: datetime) -> DeviceRow:
    """Register a device.

    Raises:
        ConflictError: The key is registered already.
    """
    known = select(DeviceRow.device_id).where(DeviceRow.public_key == new.public_key)
    if session.scalar(known) is not None:
        raise ConflictError("this device key is registered already; make another one")
    row = DeviceRow(
        device_id=uuid4(),
        station_id=new.station_id,
        public_key=new.public_key,
        agent_version=new.agent_version[:32],
        enrolled_utc=now_utc,
    )
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKey:
    """What a device's calls are held to."""

    station_id: UUID
    public_key: str
    is_revoked: bool
    was_heard: bool
    """Whether it ever sent a heartbeat."""


def find_device_key(session: Session, device_id: UUID) -> DeviceKey | None:
    """The key of a device; its last report is not read."""
    row = session.execute(
        select(
            DeviceRow.station_id,
            DeviceRow.public_key,
            DeviceRow.revoked_utc,
            DeviceRow.last_report_utc,
        ).where(DeviceRow.device_id == device_id)
    ).first()
    if row is None:
        return None
    return DeviceKey(
        station_id=row.station_id,
        public_key=row.public_key,
        is_revoked=row.revoked_utc is not None,
        was_heard=row.last_report_utc is not None,
    )


def check_trust(session: Session, device_id: UUID) -> None:
    """Hold a call to what the index says of its device now.

    Raises:
        NotEnrolledError: Not known, or revoked.
    """
    found = find_device_key(session, device_id)
    if found is None or found.is_revoked:
        raise NotEnrolledError


def list_devices(
    session: Session, regions: Sequence[str] = (), station_id: UUID | None = None
) -> Sequence[tuple[DeviceRow, StationRow]]:
    """Devices of these regions (none named: all) with their stations, by number and age."""
    query = (
        select(DeviceRow, StationRow)
        .join(StationRow, StationRow.station_id == DeviceRow.station_id)
        .order_by(StationRow.number, DeviceRow.enrolled_utc)
    )
    if regions:
        query = query.where(StationRow.region.in_(regions))
    if station_id is not None:
        query = query.where(StationRow.station_id == station_id)
    return [(device, station) for device, station in session.execute(query)]


def revoke_device(session: Session, device_id: UUID, now_utc: datetime) -> DeviceRow:
    """Trust a device no longer; repeating it keeps the first time."""
    row = session.get(DeviceRow, device_id)
    if row is None:
        raise NotFoundError("there is no such device")
    row.revoked_utc = row.revoked_utc or now_utc
    return row


# Straight to the table, and made once: nothing in the index is written more often.
_DEVICES = DeviceRow.metadata.tables[DeviceRow.__tablename__]
_KEEP_REPORT = (
    update(_DEVICES)
    .where(_DEVICES.c.device_id == bindparam("of_device"))
    .values(
        last_report=bindparam("report"),
        last_report_utc=bindparam("arrived_utc"),
        agent_version=bindparam("version"),
    )
)


def keep_report(
    session: Session,
    device_id: UUID,
    report: dict[str, Any],
    agent_version: str,
    now_utc: datetime,
) -> None:
    """Keep the newest heartbeat and when it arrived."""
    session.execute(
        _KEEP_REPORT,
        {
            "of_device": device_id,
            "report": report,
            "arrived_utc": now_utc,
            "version": agent_version[:32],
        },
    )
