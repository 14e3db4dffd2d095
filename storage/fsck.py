"""Holds every row to its object and every object to its row. Reads only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from storage.chain_check import chain_findings, load_chains
from storage.device_keys import DeviceKeys
from storage.expected import (
    ExpectedObject,
    Presence,
    cameras_with_footage,
    expected_object,
    expected_objects,
)
from storage.findings import Finding, FindingKind
from storage.hold_check import hold_findings
from storage.identity import WrongStoreError, check_archive
from storage.index.failures import named_failures
from storage.object_check import object_findings
from storage.objects.keys import ASIDE_PREFIX, FOOTAGE_PREFIX, read_key
from storage.objects.port import ListedObject, ObjectMissingError, ObjectStore


@dataclass(slots=True, kw_only=True)
class FsckCounts:
    """What was looked at; filled while findings are given out."""

    has_keys: bool = True
    """Whether signatures could be checked: the index knows devices."""
    objects: int = 0
    awaited: int = 0
    """Announced and not here: on their devices, or uploaded and not yet confirmed."""
    chains: int = 0
    aside: int = 0
    """Damaged uploads that were set aside; they are not part of the archive."""


class Fsck:
    """One check of an archive.

    Args:
        sessions: The index.
        store: The store it should speak of.
        on_progress: Told the count of objects checked.
        is_deep: Read every byte and every object's line, check every signature, and hold every
            row to what was signed, too.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        on_progress: Callable[[int], None],
        *,
        is_deep: bool = False,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._on_progress = on_progress
        self._is_deep = is_deep
        self._keys = DeviceKeys(sessions)
        self.counts = FsckCounts()

    def findings(self) -> Iterator[Finding]:
        """Check everything and give what is wrong as it is found."""
        try:
            with named_failures(), self._sessions() as session:
                check_archive(session, self._store)
        except WrongStoreError as error:
            yield Finding(kind=FindingKind.WRONG_STORE, subject="", detail=str(error))
            return
        with named_failures():
            self.counts.has_keys = not self._keys.is_empty
            yield from self._objects()
            yield from self._chains()
            yield from hold_findings(self._sessions, self._store)
            self.counts.aside = sum(1 for _ in self._store.list(ASIDE_PREFIX))

    def _objects(self) -> Iterator[Finding]:
        with self._sessions() as session:
            unseen = set(cameras_with_footage(session))
        listing = self._store.list(FOOTAGE_PREFIX)
        for camera_id, found in groupby(listing, key=lambda listed: _camera_of(listed.key)):
            if camera_id is None:
                for listed in found:
                    yield Finding(kind=FindingKind.STRANGER, subject=listed.key)
                continue
            unseen.discard(camera_id)
            yield from self._camera(camera_id, found)
        for camera_id in sorted(unseen, key=str):
            yield from self._camera(camera_id, iter(()))

    def _camera(self, camera_id: UUID, found: Iterator[ListedObject]) -> Iterator[Finding]:
        with self._sessions() as session:
            expected = expected_objects(session, camera_id)
        for listed in found:
            self.counts.objects += 1
            yield from self._object(listed, expected.pop(listed.key, None))
            self._on_progress(self.counts.objects)
        for item in expected.values():
            if item.presence is Presence.REQUIRED:
                yield from self._absent(item)
            elif item.presence is Presence.AWAITED:
                self.counts.awaited += 1

    def _absent(self, item: ExpectedObject) -> Iterator[Finding]:
        try:
            self._store.stat(item.key)
        except ObjectMissingError:
            fresh = self._fresh(item.key)
            if fresh is not None and fresh.presence is Presence.REQUIRED:
                yield Finding(kind=FindingKind.MISSING, subject=item.key)

    def _fresh(self, key: str) -> ExpectedObject | None:
        """What the index says now: the archive goes on working while it is checked."""
        parts = read_key(key)
        with self._sessions() as session:
            return expected_object(session, parts) if parts else None

    def _object(self, listed: ListedObject, item: ExpectedObject | None) -> Iterator[Finding]:
        item = item or self._fresh(listed.key)
        if item is None:
            yield Finding(kind=FindingKind.NOT_INDEXED, subject=listed.key)
        elif item.presence is Presence.FORBIDDEN:
            yield Finding(kind=FindingKind.NOT_DELETED, subject=listed.key)
        elif item.presence is Presence.AWAITED:
            self.counts.awaited += 1
        elif item.size_bytes is not None and item.size_bytes != listed.size_bytes:
            detail = f"{listed.size_bytes} bytes, the index says {item.size_bytes}"
            yield Finding(kind=FindingKind.WRONG_SIZE, subject=listed.key, detail=detail)
        elif self._is_deep:
            yield from self._contents(item)

    def _contents(self, item: ExpectedObject) -> Iterator[Finding]:
        try:
            with self._sessions() as session:
                yield from object_findings(session, self._store, item, self._keys)
        except ObjectMissingError:
            yield from self._absent(item)

    def _chains(self) -> Iterator[Finding]:
        keys = self._keys if self._is_deep else None
        with self._sessions() as session:
            chains = load_chains(session, with_headless=self._is_deep)
        for chain in chains:
            self.counts.chains += 1
            with self._sessions() as session:
                yield from chain_findings(session, chain, keys)


def _camera_of(key: str) -> UUID | None:
    parts = read_key(key)
    return parts.camera_id if parts else None
