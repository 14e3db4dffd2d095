"""A country in the index, of full size if need be, whose heartbeats never stop coming."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from core.clock import SystemClock
from core.regions import REGIONS
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow, StillRow
from tests.parts.control_api import ControlApi, running_api
from tests.stage.country import add_accounts, do_not_wait_for_disk
from tests.stage.footage import still
from tests.stage.meanwhile import meanwhile

STATIONS = 3000
CAMERAS = 2 * STATIONS
_SPACE = UUID(int=7)
_COVERED_EVERY = 100
_BEAT_S = 4.0


@dataclass(frozen=True, kw_only=True)
class BigFleet:
    """A running centre that hears of all of them."""

    api: ControlApi
    url: str


@contextmanager
def running_big_fleet(folder: Path, stations: int = STATIONS) -> Iterator[BigFleet]:
    """The fleet for the time of the block; each role is an account."""
    with running_api(folder) as api:
        do_not_wait_for_disk(api)
        add_accounts(api)
        with api.services.transaction() as session:
            _fill(session, stations, SystemClock().utc())
        with meanwhile(partial(_beat, api), every_s=_BEAT_S, name="beat"):
            yield BigFleet(api=api, url=f"http://127.0.0.1:{api.port}")


def _beat(api: ControlApi) -> None:
    now_utc = SystemClock().utc()
    with api.services.transaction() as session:
        session.execute(update(DeviceRow).values(last_report_utc=now_utc))
        session.execute(update(StillRow).values(taken_utc=now_utc))


def _fill(session: Session, stations: int, now_utc: datetime) -> None:
    numbers = range(1, stations + 1)
    session.execute(insert(StationRow), [_station(n, now_utc) for n in numbers])
    cameras = [_camera(n, position) for n in numbers for position in (1, 2)]
    session.execute(insert(CameraRow), cameras)
    session.execute(insert(DeviceRow), [_device(n, now_utc) for n in numbers])
    jpeg = still("hall")
    stills = [{"camera_id": c["camera_id"], "taken_utc": now_utc, "jpeg": jpeg} for c in cameras]
    session.execute(insert(StillRow), stills)


def _id(number: int, what: str) -> UUID:
    return uuid5(_SPACE, f"{what} {number}")


def _station(number: int, now_utc: datetime) -> dict[str, object]:
    return {
        "station_id": _id(number, "station"),
        "number": str(1000 + number),
        "name": f"Школа № {number}",
        "region": REGIONS[number % len(REGIONS)],
        "address": f"ул. Токтогула, {number}",
        "mode": "online",
        "live": "on_demand",
        "timezone": "Asia/Bishkek",
        "phone": "",
        "is_active": True,
        "created_utc": now_utc,
    }


def _camera(number: int, position: int) -> dict[str, object]:
    return {
        "camera_id": _id(number, f"camera {position}"),
        "station_id": _id(number, "station"),
        "position": position,
        "name": "Урны",
        "is_active": True,
    }


def _device(number: int, now_utc: datetime) -> dict[str, object]:
    return {
        "device_id": _id(number, "device"),
        "station_id": _id(number, "station"),
        "public_key": f"key {number}",
        "agent_version": "0.1.0",
        "enrolled_utc": now_utc,
        "last_report": _report(number, now_utc).model_dump(mode="json"),
        "last_report_utc": now_utc,
    }


def _report(number: int, now_utc: datetime) -> StationReport:
    is_covered = number % _COVERED_EVERY == 0
    return StationReport(
        device_id=_id(number, "device"),
        sent_utc=now_utc,
        agent_version="0.1.0",
        uptime_s=3600.0,
        disk=DiskReport(free_bytes=10**11, seconds_left=31 * 3600.0),
        clock_offset_s=0.02,
        is_clock_synced=True,
        cameras=tuple(
            CameraReport(
                camera_id=_id(number, f"camera {position}"),
                position=position,
                last_recorded_age_s=0.8,
                recording_since_utc=now_utc - timedelta(hours=1),
                fps=25.0,
                bitrate_bps=1_480_000,
                picture=Picture.COVERED if is_covered and position == 2 else Picture.OK,
            )
            for position in (1, 2)
        ),
    )
