"""Whose calls these are: keys of devices, remembered from one call to the next."""

from base64 import b64decode
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session, sessionmaker

from storage.index.failures import named_failures
from storage.registry.devices import NotEnrolledError, find_device_key

MAX_REMEMBERED = 20_000
"""A country of devices, several times over; the one remembered first is forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevice:
    """What never changes of a device. Whether it is revoked does: each call asks that anew."""

    station_id: UUID
    key: Ed25519PublicKey


class KnownDevices:
    """Devices that called this process.

    A device that was revoked since is still remembered. Whoever acts on its call therefore holds
    it to the index, in the transaction of that act: `load_origin`, `read_reporting`, `check_trust`.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._remembered: dict[UUID, KnownDevice] = {}

    def remembered(self, device_id: UUID) -> KnownDevice | None:
        """The device, if it called before; asks nobody."""
        return self._remembered.get(device_id)

    def remember(self, device_id: UUID, device: KnownDevice) -> None:
        """Know a device from now on. From one thread."""
        if len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[device_id] = device

    def find(self, device_id: UUID) -> KnownDevice:
        """Ask the index. From any thread.

        Raises:
            NotEnrolledError: Not known, or revoked.
        """
        with named_failures(), self._sessions() as session:
            found = find_device_key(session, device_id)
        if found is None or found.is_revoked:
            raise NotEnrolledError
        key = Ed25519PublicKey.from_public_bytes(b64decode(found.public_key))
        return KnownDevice(station_id=found.station_id, key=key)
