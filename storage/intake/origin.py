"""Whose statements a station may hand in."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.index.registry_tables import CameraRow, DeviceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StationOrigin:
    """The cameras and the devices of one station.

    All its devices, revoked ones included: a device that was enrolled anew hands in what its
    earlier self signed, and those signatures are as good as on the day.
    """

    camera_ids: frozenset[UUID]
    keys: Mapping[UUID, Ed25519PublicKey]


def load_origin(session: Session, station_id: UUID) -> StationOrigin:
    """Read them from the registry."""
    cameras = session.scalars(select(CameraRow.camera_id).where(CameraRow.station_id == station_id))
    devices = session.execute(
        select(DeviceRow.device_id, DeviceRow.public_key).where(DeviceRow.station_id == station_id)
    )
    return StationOrigin(
        camera_ids=frozenset(cameras),
        keys={
            device_id: Ed25519PublicKey.from_public_bytes(b64decode(public_key))
            for device_id, public_key in devices
        },
    )
