"""A registered station whose footage lies in a control API's archive."""

from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.services import Services
from storage.index.registry_tables import CameraRow, DeviceRow, StationRow
from storage.ingest import Caller
from storage.intake.grants import GRANT_PATH
from tests.fakes.journal import MORNING, Journal


@dataclass(frozen=True, kw_only=True)
class StoredSegment:
    """One segment that the archive holds."""

    camera_id: UUID
    segment_id: UUID
    content: bytes


def store_segment(services: Services, region: str) -> StoredSegment:
    """Register a station with one camera and hand in one segment, as a device does."""
    caller, camera_id, key = _register(services, region)
    journal = Journal(device_id=caller.device_id, camera_id=camera_id, key=key)
    content = b"the bytes of a segment" * 1000
    segment = journal.segment(journal.start(), 0, content=content)
    services.ingest.accept_entries(caller, tuple(journal.lines))
    for object_id, (_, data) in journal.objects.items():
        grant = services.ingest.grant(caller, (journal.wanted(object_id),)).grants[0]
        services.ingest.receive(grant.url.removeprefix(GRANT_PATH), [data])
        services.ingest.confirm(caller, (object_id,))
    return StoredSegment(camera_id=camera_id, segment_id=segment.segment_id, content=content)


def _register(services: Services, region: str) -> tuple[Caller, UUID, Ed25519PrivateKey]:
    key = Ed25519PrivateKey.generate()
    station_id, device_id, camera_id = uuid4(), uuid4(), uuid4()
    with services.transaction() as session:
        session.add(
            StationRow(
                station_id=station_id,
                number=station_id.hex[:8],
                name="School 5",
                region=region,
                mode="online",
                live="always",
                timezone="Asia/Bishkek",
                created_utc=MORNING,
            )
        )
        session.flush()
        session.add(CameraRow(camera_id=camera_id, station_id=station_id, position=1))
        session.add(
            DeviceRow(
                device_id=device_id,
                station_id=station_id,
                public_key=b64encode(key.public_key().public_bytes_raw()).decode(),
                enrolled_utc=MORNING,
            )
        )
    return Caller(device_id=device_id, station_id=station_id), camera_id, key
