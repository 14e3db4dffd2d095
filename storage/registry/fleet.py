"""Everything the state of the fleet is judged from, read in few and narrow queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.station import Camera, LiveMode, Station, StationMode
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A station in use, with its cameras by position."""

    station: Station
    cameras: tuple[Camera, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """The newest heartbeat of one device, as it was stored."""

    device_id: UUID
    station_id: UUID
    arrived_utc: datetime
    report: dict[str, Any]


def read_sites(session: Session) -> list[Site]:
    """All stations in use, by number."""
    cameras: dict[UUID, list[Camera]] = {}
    for camera in _read_cameras(session):
        cameras.setdefault(camera.station_id, []).append(camera)
    return [
        Site(station=station, cameras=tuple(cameras.get(station.station_id, ())))
        for station in _read_stations(session)
    ]


def read_reports(session: Session, since_utc: datetime | None) -> list[StoredReport]:
    """Heartbeats of trusted devices that arrived since then (None: ever)."""
    query = select(
        DeviceRow.device_id, DeviceRow.station_id, DeviceRow.last_report_utc, DeviceRow.last_report
    ).where(DeviceRow.revoked_utc.is_(None), DeviceRow.last_report_utc.is_not(None))
    if since_utc is not None:
        query = query.where(DeviceRow.last_report_utc >= since_utc)
    return [
        StoredReport(device_id=d, station_id=s, arrived_utc=arrived, report=report or {})
        for d, s, arrived, report in session.execute(query)
        if arrived is not None
    ]


def read_trusted_devices(session: Session) -> frozenset[UUID]:
    """The devices that are not revoked."""
    return frozenset(
        session.scalars(select(DeviceRow.device_id).where(DeviceRow.revoked_utc.is_(None)))
    )


def _read_stations(session: Session) -> Sequence[Station]:
    rows = session.execute(
        select(
            StationRow.station_id,
            StationRow.number,
            StationRow.name,
            StationRow.region,
            StationRow.address,
            StationRow.mode,
            StationRow.live,
            StationRow.timezone,
        )
        .where(StationRow.is_active)
        .order_by(StationRow.number)
    )
    return [
        Station(
            station_id=row.station_id,
            number=row.number,
            name=row.name,
            region=row.region,
            address=row.address,
            mode=StationMode(row.mode),
            live=LiveMode(row.live),
            timezone=row.timezone,
        )
        for row in rows
    ]


def _read_cameras(session: Session) -> Sequence[Camera]:
    rows = session.execute(
        select(CameraRow.camera_id, CameraRow.station_id, CameraRow.position, CameraRow.name)
        .where(CameraRow.is_active)
        .order_by(CameraRow.station_id, CameraRow.position)
    )
    return [
        Camera(camera_id=c, station_id=s, position=position, name=name)
        for c, s, position, name in rows
    ]
