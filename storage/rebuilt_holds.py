"""Holds and their releases, from their objects back into an index that does not know them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from storage.hold_record import (
    HoldFormatError,
    HoldRecord,
    ReleaseRecord,
    Signatory,
    read_hold_object,
)
from storage.index.footage_tables import HoldRow
from storage.index.registry_tables import AccountRow
from storage.objects.port import ObjectStore


def take_hold_object(session: Session, store: ObjectStore, key: str, now_utc: datetime) -> None:
    """Add what an object says; a hold the index knows stays, and is released where it says so.

    Raises:
        HoldFormatError: It says nothing, or something else than the index.
    """
    record = read_hold_object(store, key)
    row = session.get(HoldRow, record.hold_id)
    fault = fault_of(record, row)
    if fault is not None:
        raise HoldFormatError(fault)
    if isinstance(record, HoldRecord) and row is None:
        _know(session, record.placed_by, now_utc)
        session.add(_row(record))
    elif isinstance(record, ReleaseRecord) and row is not None and row.released_utc is None:
        _know(session, record.released_by, now_utc)
        row.released_utc = record.released_utc
        row.released_by = record.released_by.account_id
        row.release_reason = record.reason
    session.flush()


def fault_of(record: HoldRecord | ReleaseRecord, row: HoldRow | None) -> str | None:
    """How a record contradicts the index; None: it does not, or the index lacks what it says."""
    if isinstance(record, ReleaseRecord):
        if row is None:
            return "a release of a hold that is in no object and not in the index"
        is_other = row.released_utc not in (None, record.released_utc)
        return "the index says that the hold was released at another time" if is_other else None
    if row is None:
        return None
    stated = (record.station_id, record.camera_id, record.range.start_utc, record.range.end_utc)
    known = (row.station_id, row.camera_id, row.start_utc, row.end_utc)
    return None if stated == known else "the index says that the hold covers something else"


def is_known(record: HoldRecord | ReleaseRecord, row: HoldRow | None) -> bool:
    """Whether the index has what a record says."""
    if row is None:
        return False
    return isinstance(record, HoldRecord) or row.released_utc is not None


def _row(record: HoldRecord) -> HoldRow:
    return HoldRow(
        hold_id=record.hold_id,
        station_id=record.station_id,
        camera_id=record.camera_id,
        start_utc=record.range.start_utc,
        end_utc=record.range.end_utc,
        reason=record.reason,
        placed_by=record.placed_by.account_id,
        placed_utc=record.placed_utc,
    )


def _know(session: Session, who: Signatory, now_utc: datetime) -> None:
    """Let the row point at somebody: an account nobody can sign in with, if theirs is lost."""
    if session.get(AccountRow, who.account_id) is None:
        session.add(_lost_account(who.account_id, who.user, now_utc))
        session.flush()


def _lost_account(account_id: UUID, user: str, now_utc: datetime) -> AccountRow:
    return AccountRow(
        account_id=account_id,
        # The name itself stays free for the account that is made anew.
        user=f"{user[:50]} ({str(account_id)[:8]})",
        password_hash="",
        role="observer",
        regions=[],
        language="ru",
        totp_secret="",
        is_active=False,
        created_utc=now_utc,
    )
