"""Whose signature an entry must bear."""

from base64 import b64decode
from functools import cached_property
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from evidence.entry import Entry, check_signature
from evidence.errors import EntryError
from storage.index.registry_tables import DeviceRow


class UnknownDeviceError(EntryError):
    """The entry names a device that was never registered here."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"entry {entry.seq} of camera {entry.camera_id} names device {entry.device_id}, "
            "which the index does not know"
        )
        self.device_id = entry.device_id


class DeviceKeys:
    """The public keys of all devices, revoked ones too: what they signed stays signed.

    Looked up when first asked for, so that a device enrolled meanwhile is known.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._keys: dict[UUID, Ed25519PublicKey] = {}

    @cached_property
    def is_empty(self) -> bool:
        """The index lost its registry, or never had one: nothing can be checked."""
        with self._sessions() as session:
            return session.scalars(select(DeviceRow.device_id).limit(1)).first() is None

    def check(self, entry: Entry) -> None:
        """Hold an entry to its device's key; pass it where there are no keys at all.

        Raises:
            UnknownDeviceError: There are keys, and none of this device.
            EntrySignatureError: Signed by another key, or changed afterwards.
        """
        if self.is_empty:
            return
        key = self._keys.get(entry.device_id) or self._look_up(entry)
        check_signature(entry, key)

    def _look_up(self, entry: Entry) -> Ed25519PublicKey:
        query = select(DeviceRow.public_key).where(DeviceRow.device_id == entry.device_id)
        with self._sessions() as session:
            kept = session.scalars(query).one_or_none()
        if kept is None:
            raise UnknownDeviceError(entry)
        key = Ed25519PublicKey.from_public_bytes(b64decode(kept))
        self._keys[entry.device_id] = key
        return key
