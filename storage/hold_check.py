"""Holds every hold to its object and every record of a hold to its row. Reads only."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from core.errors import ConflictError, DamagedError
from storage.findings import Finding, FindingKind
from storage.hold_record import HOLD_PREFIX, hold_key, is_hold_key, read_hold_object
from storage.holds import list_holds
from storage.identity import lock_archive
from storage.index.footage_tables import HoldRow
from storage.objects.port import ObjectStore
from storage.rebuilt_holds import fault_of, is_known


class UnknownHoldError(ConflictError):
    """An object tells of a hold that the index lacks: what it covers must not be deleted."""


def check_holds_known(sessions: sessionmaker[Session], store: ObjectStore) -> None:
    """Refuse to go on with an index that is older than a hold.

    Raises:
        UnknownHoldError: It is, or was restored and not re-indexed yet.
    """
    with sessions() as session:
        if not _unknown(session, store):
            return
    with sessions.begin() as session:
        lock_archive(session)  # one that is being placed is an object first
        unknown = _unknown(session, store)
    if unknown:
        raise UnknownHoldError(
            f"the object store tells of holds that the index lacks: {len(unknown)}, the first in "
            f"{unknown[0]}; nothing was deleted. Run `pollcam archive reindex`"
        )


def _unknown(session: Session, store: ObjectStore) -> list[str]:
    keys = [listed.key for listed in store.list(HOLD_PREFIX) if is_hold_key(listed.key)]
    known = {hold_key(hold_id) for hold_id in session.scalars(select(HoldRow.hold_id))}
    return [key for key in keys if key not in known]


def hold_findings(sessions: sessionmaker[Session], store: ObjectStore) -> Iterator[Finding]:
    """What is wrong with the records of holds; they are few, and all of them are read."""
    seen: set[str] = set()
    for listed in store.list(HOLD_PREFIX):
        seen.add(listed.key)
        try:
            record = read_hold_object(store, listed.key)
        except DamagedError as error:
            yield Finding(kind=FindingKind.WRONG_BYTES, subject=listed.key, detail=str(error))
            continue
        with sessions() as session:
            row = session.get(HoldRow, record.hold_id)
        fault = fault_of(record, row)
        if fault is not None:
            yield Finding(kind=FindingKind.WRONG_BYTES, subject=listed.key, detail=fault)
        elif not is_known(record, row):
            yield Finding(kind=FindingKind.NOT_INDEXED, subject=listed.key)
    with sessions() as session:
        standing = [row.hold_id for row in list_holds(session, is_standing=True)]
    for hold_id in standing:
        if hold_key(hold_id) not in seen:
            yield Finding(kind=FindingKind.HOLD_NOT_KEPT, subject=hold_key(hold_id))
