"""Holds every row to its object and every object to its row. Reads only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from evidence.chain import check_follows
from evidence.entry import Entry, read_entry
from evidence.errors import EntryError
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
from storage.index.footage_tables import ChainRow, EntryRow
from storage.objects.checked import digest_of
from storage.objects.keys import ASIDE_PREFIX, FOOTAGE_PREFIX, kept_line, read_key
from storage.objects.port import ListedObject, ObjectMissingError, ObjectStore


@dataclass(slots=True, kw_only=True)
class FsckCounts:
    """What was looked at; filled while findings are given out."""

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
        is_deep: Read every byte and every object's metadata, too.
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
        if item.sha256 is None:  # the statement of a gap, which carries its own form
            return
        try:
            _, sha256 = digest_of(self._store.get(item.key))
            has_line = kept_line(self._store.stat(item.key).metadata) is not None
        except ObjectMissingError:
            yield from self._absent(item)
            return
        if sha256 != item.sha256:
            yield Finding(kind=FindingKind.WRONG_BYTES, subject=item.key)
        if not has_line:
            yield Finding(kind=FindingKind.NO_ENTRY, subject=item.key)

    def _chains(self) -> Iterator[Finding]:
        with self._sessions() as session:
            chains = session.scalars(
                select(ChainRow).order_by(ChainRow.camera_id, ChainRow.epoch)
            ).all()
        for chain in chains:
            self.counts.chains += 1
            with self._sessions() as session:
                fault = _chain_fault(session, chain)
            if fault:
                name = f"camera {chain.camera_id} epoch {chain.epoch}"
                yield Finding(kind=FindingKind.BROKEN_CHAIN, subject=name, detail=fault)


def _camera_of(key: str) -> UUID | None:
    parts = read_key(key)
    return parts.camera_id if parts else None


def _chain_fault(session: Session, chain: ChainRow) -> str | None:
    """What is wrong with a chain up to its head; None: nothing."""
    rows = session.execute(
        select(EntryRow.line, EntryRow.sha256)
        .where(
            EntryRow.camera_id == chain.camera_id,
            EntryRow.epoch == chain.epoch,
            EntryRow.seq <= chain.seq,
        )
        .order_by(EntryRow.seq)
        .execution_options(yield_per=1000)
    )
    before: Entry | None = None
    try:
        with rows:
            for line, sha256 in rows:
                entry = read_entry(line)
                check_follows(entry, before)
                if entry.sha256 != sha256:
                    return f"entry {entry.seq} is not the line that was accepted"
                before = entry
    except EntryError as error:
        return str(error)
    held = before.seq if before else -1
    return None if held == chain.seq else f"it should reach entry {chain.seq} and ends at {held}"
