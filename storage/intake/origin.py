"""Whose statements a station may hand in."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from storage.index.registry_tables import CameraRow, DeviceRow, StationRow
from storage.registry.devices import NotEnrolledError

_QUERY = (
    select(CameraRow.camera_id, DeviceRow.device_id, DeviceRow.public_key, DeviceRow.revoked_utc)
    .select_from(StationRow)
    .outerjoin(CameraRow, CameraRow.station_id == StationRow.station_id)
    .outerjoin(DeviceRow, DeviceRow.station_id == StationRow.station_id)
    .where(StationRow.station_id == bindparam("station_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationOrigin:
    """The cameras and the devices of one station.

    All its devices, revoked ones included: a device that was enrolled anew hands in what its
    earlier self signed, and those signatures are as good as on the day.
    """

    camera_ids: frozenset[UUID]
    keys: Mapping[UUID, Ed25519PublicKey]


def load_origin(session: Session, station_id: UUID, device_id: UUID) -> StationOrigin:
    """Read them from the registry, for a device of the station that calls.

    Raises:
        NotEnrolledError: The device is not one of the station's, or was revoked.
    """
    rows = session.execute(_QUERY, {"station_id": station_id}).all()
    keys = {row.device_id: row.public_key for row in rows if row.device_id is not None}
    if device_id not in {row.device_id for row in rows if row.revoked_utc is None}:
        raise NotEnrolledError
    return StationOrigin(
        camera_ids=frozenset(row.camera_id for row in rows if row.camera_id is not None),
        keys={device_id: _key_of(public_key) for device_id, public_key in keys.items()},
    )


def _key_of(public_key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(b64decode(public_key))
