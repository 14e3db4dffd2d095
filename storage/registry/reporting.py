"""What the answer to a heartbeat hangs on, read at once: heartbeats are most of what comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from core.station import LiveMode, StationMode
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow, StillRow
from storage.registry.devices import NotEnrolledError

_QUERY = (
    select(
        StationRow.mode,
        StationRow.live,
        StationRow.is_active,
        DeviceRow.last_report_utc,
        DeviceRow.revoked_utc,
        CameraRow.camera_id,
        StillRow.taken_utc,
    )
    .select_from(StationRow)
    .join(DeviceRow, DeviceRow.station_id == StationRow.station_id)
    .outerjoin(CameraRow, and_(CameraRow.station_id == StationRow.station_id, CameraRow.is_active))
    .outerjoin(StillRow, StillRow.camera_id == CameraRow.camera_id)
    .where(DeviceRow.device_id == bindparam("device_id"))
    .order_by(CameraRow.position)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingStation:
    """A station as the centre has it when one of its devices reports."""

    mode: StationMode
    live: LiveMode
    is_active: bool
    was_heard: bool
    """Whether this device ever sent a heartbeat before."""
    stills: Mapping[UUID, datetime | None]
    """Its cameras in use, by position, and when the newest still of each was taken."""


def read_reporting(session: Session, device_id: UUID) -> ReportingStation:
    """The station of a device.

    Raises:
        NotEnrolledError: The device is not known, or was revoked.
    """
    rows = session.execute(_QUERY, {"device_id": device_id}).all()
    if not rows or rows[0].revoked_utc is not None:
        raise NotEnrolledError
    first = rows[0]
    return ReportingStation(
        mode=StationMode(first.mode),
        live=LiveMode(first.live),
        is_active=first.is_active,
        was_heard=first.last_report_utc is not None,
        stills={row.camera_id: row.taken_utc for row in rows if row.camera_id is not None},
    )
