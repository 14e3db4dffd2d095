"""Judged fleets from a few words."""

from datetime import datetime
from uuid import UUID, uuid5

from api.fleet import FleetSnapshot
from api.fleet_views import HeardReport, JudgedStation, judge
from core.station import Camera, LiveMode, Station, StationMode
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport
from storage.registry.fleet import Site
from tests.fakes.journal import MORNING

_SPACE = UUID(int=1)


def place(number: int, region: str = "osh", cameras: int = 2) -> Site:
    station_id = uuid5(_SPACE, f"station {number}")
    station = Station(
        station_id=station_id,
        number=str(number),
        name=f"School {number}",
        region=region,
        address="",
        mode=StationMode.ONLINE,
        live=LiveMode.ALWAYS,
    )
    return Site(
        station=station,
        cameras=tuple(
            Camera(camera_id=uuid5(station_id, str(n)), station_id=station_id, position=n, name="")
            for n in range(1, cameras + 1)
        ),
    )


def heard(where: Site, arrived_utc: datetime = MORNING, **changes: object) -> HeardReport:
    """A good report, but for the changes; `cut` names the cameras that do not record."""
    cut = changes.pop("cut", ())
    disk = DiskReport(is_failed=bool(changes.pop("disk_failed", False)))
    device_id = uuid5(where.station.station_id, "device")
    report = StationReport(
        device_id=device_id,
        sent_utc=arrived_utc,
        agent_version="1",
        uptime_s=1,
        disk=disk,
        is_clock_synced=True,
        cameras=tuple(
            CameraReport(
                camera_id=c.camera_id,
                position=c.position,
                last_recorded_age_s=99.0 if c.position in cut else 1.0,
                picture=Picture.OK,
            )
            for c in where.cameras
        ),
        **changes,
    )
    return HeardReport(device_id=device_id, arrived_utc=arrived_utc, report=report)


def snapshot(now_utc: datetime, *stations: tuple[Site, HeardReport | None]) -> FleetSnapshot:
    judged: tuple[JudgedStation, ...] = tuple(judge(p, h, now_utc) for p, h in stations)
    return FleetSnapshot(at_utc=now_utc, stations=judged)
