"""Stations that the centre knows, with the keys of their devices."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import SystemClock
from core.regions import REGIONS
from core.station import LiveMode, StationMode
from storage.index.engine import make_engine, make_sessions
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow, StillRow

_CAMERAS = 2
_STILLS_OF = timedelta(minutes=5)
"""Stills are made anew so often: their ages are spread as in a country that runs for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What an agent knows after its enrolment."""

    station_id: UUID
    device_id: UUID
    camera_ids: tuple[UUID, ...]
    key: Ed25519PrivateKey

    @property
    def public_text(self) -> str:
        """As it is registered."""
        return b64encode(self.key.public_key().public_bytes_raw()).decode()


class Country:
    """Grows; straight through the index's own tables, for registering is not what is measured."""

    def __init__(self, database_url: str, mode: StationMode, live: LiveMode, jpeg: bytes) -> None:
        self.devices: list[Device] = []
        self._sessions = make_sessions(make_engine(database_url))
        self._mode, self._live, self._jpeg = mode, live, jpeg
        self._random = Random(7)

    def grow_to(self, stations: int) -> Sequence[Device]:
        """Register as many as are missing, with device and cameras; the first so many."""
        new = [_device() for _ in range(stations - len(self.devices))]
        if new:
            with self._sessions.begin() as session:
                self._register(session, new, SystemClock().utc())
            self.devices += new
        return self.devices[:stations]

    def write_keys(self, path: Path) -> None:
        """For the peer, which asks no index."""
        path.write_text(json.dumps({str(d.device_id): d.public_text for d in self.devices}))

    def _register(self, session: Session, new: Sequence[Device], now_utc: datetime) -> None:
        first = len(self.devices) + 1
        stations = [self._station(n, d, now_utc) for n, d in enumerate(new, first)]
        session.execute(insert(StationRow), stations)
        session.execute(insert(CameraRow), [row for d in new for row in _camera_rows(d)])
        session.execute(insert(DeviceRow), [_device_row(d, now_utc) for d in new])
        stills = [self._still(camera_id, now_utc) for d in new for camera_id in d.camera_ids]
        session.execute(insert(StillRow), stills)

    def _station(self, number: int, device: Device, now_utc: datetime) -> dict[str, object]:
        return {
            "station_id": device.station_id,
            "number": str(1000 + number),
            "name": f"Школа № {number}",
            "region": REGIONS[number % len(REGIONS)],
            "address": f"ул. Токтогула, {number}",
            "mode": self._mode.value,
            "live": self._live.value,
            "timezone": "Asia/Bishkek",
            "phone": "",
            "is_active": True,
            "created_utc": now_utc,
        }

    def _still(self, camera_id: UUID, now_utc: datetime) -> dict[str, object]:
        taken_utc = now_utc - _STILLS_OF * self._random.random()
        return {"camera_id": camera_id, "taken_utc": taken_utc, "jpeg": self._jpeg}


def _device() -> Device:
    return Device(
        station_id=uuid4(),
        device_id=uuid4(),
        camera_ids=tuple(uuid4() for _ in range(_CAMERAS)),
        key=Ed25519PrivateKey.generate(),
    )


def _device_row(device: Device, now_utc: datetime) -> dict[str, object]:
    return {
        "device_id": device.device_id,
        "station_id": device.station_id,
        "public_key": device.public_text,
        "agent_version": "0.1.0",
        "enrolled_utc": now_utc,
    }


def _camera_rows(device: Device) -> list[dict[str, object]]:
    return [
        {
            "camera_id": camera_id,
            "station_id": device.station_id,
            "position": position,
            "name": "Урны",
            "is_active": True,
        }
        for position, camera_id in enumerate(device.camera_ids, 1)
    ]
