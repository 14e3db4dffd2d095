"""A station with a device, as the centre knows it, and what its agent would send."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.services import Services
from core.clock import Clock
from core.device_token import sign_device_token
from core.station import LiveMode, StationMode
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport
from storage.registry.devices import NewDevice, add_device
from storage.registry.stations import StationFacts, add_camera, create_station
from tests.fakes.journal import Journal

JPEG = b"\xff\xd8\xff\xe0 not much of a picture \xff\xd9"


@dataclass(frozen=True, kw_only=True)
class FakeStation:
    station_id: UUID
    device_id: UUID
    camera_ids: tuple[UUID, ...]
    key: Ed25519PrivateKey
    clock: Clock

    @property
    def headers(self) -> dict[str, str]:
        token = sign_device_token(self.key, self.device_id, self.clock.utc())
        return {"authorization": f"Bearer {token}"}

    def camera_report(self, camera: int = 0, **changes: object) -> CameraReport:
        values = {
            "camera_id": self.camera_ids[camera],
            "position": camera + 1,
            "last_recorded_age_s": 1.0,
            "picture": Picture.OK,
        }
        return CameraReport(**{**values, **changes})

    def report(self, *cameras: CameraReport, **changes: object) -> StationReport:
        values = {
            "device_id": self.device_id,
            "sent_utc": self.clock.utc(),
            "agent_version": "1.0",
            "uptime_s": 60.0,
            "cameras": cameras or tuple(self.camera_report(n) for n in range(len(self.camera_ids))),
            "disk": DiskReport(free_bytes=10**12, seconds_left=10**6),
            "is_clock_synced": True,
        }
        return StationReport(**{**values, **changes})

    def journal(self, camera: int = 0) -> Journal:
        return Journal(device_id=self.device_id, camera_id=self.camera_ids[camera], key=self.key)


def public_text(key: Ed25519PrivateKey) -> str:
    return b64encode(key.public_key().public_bytes_raw()).decode()


def register(
    services: Services,
    *,
    region: str = "osh",
    mode: StationMode = StationMode.ONLINE,
    live: LiveMode = LiveMode.ALWAYS,
    cameras: int = 2,
    number: str = "",
) -> FakeStation:
    facts = StationFacts(
        number=number or uuid4().hex[:8], name="School 5", region=region, mode=mode, live=live
    )
    key = Ed25519PrivateKey.generate()
    now_utc: datetime = services.now_utc
    with services.transaction() as session:
        row = create_station(session, facts, now_utc)
        rows = [add_camera(session, row.station_id, f"camera {n}") for n in range(cameras)]
        new = NewDevice(station_id=row.station_id, public_key=public_text(key), agent_version="1.0")
        device = add_device(session, new, now_utc)
    return FakeStation(
        station_id=row.station_id,
        device_id=device.device_id,
        camera_ids=tuple(camera.camera_id for camera in rows),
        key=key,
        clock=services.clock,
    )
