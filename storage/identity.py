"""Holds index and object store together: a marker object says which archive a store is.

An unmounted disk is an empty folder, and a mistyped bucket is an empty bucket. Both would look
as if everything had been deleted; the marker tells the difference.
"""

import hashlib
import json
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.errors import UnavailableError
from storage.index.failures import IndexUnavailableError, named_failures
from storage.index.footage_tables import ArchiveRow
from storage.objects.keys import MARKER_KEY
from storage.objects.port import (
    ObjectExistsError,
    ObjectMissingError,
    ObjectPromise,
    ObjectStore,
)


class WrongStoreError(UnavailableError):
    """The store is not the one this index speaks of: not mounted, mistyped or exchanged."""


def bind_archive(sessions: sessionmaker[Session], store: ObjectStore, clock: Clock) -> UUID:
    """Call at start: make sure index and store belong together; the archive's id.

    A new index adopts the store it finds, a new pair is marked on both sides.

    Raises:
        WrongStoreError: The index speaks of another store.
    """
    try:
        return _bound(sessions, store, clock)
    except IndexUnavailableError:
        # Of processes that start together on a new pair one is first; the others look again.
        return _bound(sessions, store, clock)


def _bound(sessions: sessionmaker[Session], store: ObjectStore, clock: Clock) -> UUID:
    with named_failures(), sessions.begin() as session:
        known = _known_id(session)
        if known is not None:
            check_archive(session, store)
            return known
        archive_id = _marked_id(store) or _mark(store, uuid4())
        session.add(ArchiveRow(archive_id=archive_id, bound_utc=clock.utc()))
        return archive_id


def check_archive(session: Session, store: ObjectStore) -> None:
    """Make sure that this is the store the index speaks of.

    Raises:
        WrongStoreError: It is another one, or not marked at all.
    """
    known, marked = _known_id(session), _marked_id(store)
    if marked is None:
        raise WrongStoreError(
            f"the object store has no {MARKER_KEY}: is the disk mounted, the bucket right?"
        )
    if known != marked:
        raise WrongStoreError(f"the object store belongs to archive {marked}, the index to {known}")


def lock_archive(session: Session) -> None:
    """Make deletions and holds wait for one another until the transaction ends."""
    session.execute(
        update(ArchiveRow)
        .values(bound_utc=ArchiveRow.bound_utc)
        .execution_options(synchronize_session=False)
    )


def _known_id(session: Session) -> UUID | None:
    return session.scalars(select(ArchiveRow.archive_id).order_by(ArchiveRow.bound_utc)).first()


def _marked_id(store: ObjectStore) -> UUID | None:
    try:
        content = b"".join(store.get(MARKER_KEY))
    except ObjectMissingError:
        return None
    try:
        return UUID(json.loads(content)["archive"])
    except (ValueError, KeyError, TypeError) as error:
        raise WrongStoreError(f"{MARKER_KEY} in the object store cannot be read") from error


def _mark(store: ObjectStore, archive_id: UUID) -> UUID:
    content = json.dumps({"archive": str(archive_id)}).encode()
    promise = ObjectPromise(
        size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), metadata={}
    )
    try:
        store.put(MARKER_KEY, [content], promise)
    except ObjectExistsError:  # another process was first
        return _marked_id(store) or archive_id
    return archive_id
