"""Holds as objects, so that who has lost the index does not delete what was to be kept.

A hold is an object before its row is committed, and nothing is deleted before every hold is one.
The record of a release follows before the next deletion: were it lost with the index, the hold
would stand again, which keeps too much and not too little.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import BadTimeRangeError, DamagedError
from core.timerange import TimeRange
from core.timestamps import from_iso, to_iso
from storage.index.footage_tables import HoldRow
from storage.index.registry_tables import AccountRow
from storage.objects.port import (
    ObjectExistsError,
    ObjectMissingError,
    ObjectPromise,
    ObjectStore,
)

HOLD_PREFIX = "holds/"
"""What was ordered to be kept, and what was let go of; never deleted."""
MAX_RECORD_BYTES = 64 * 1024
"""A reason has at most 2,000 characters, 12 bytes each in JSON."""
_FORMAT = "pollcam-hold/1"
_RELEASE_FORMAT = "pollcam-hold-release/1"
_KEY = re.compile(r"holds/([0-9a-f-]{36})(\.released)?\.json")
_UNREADABLE = (ValueError, KeyError, TypeError, BadTimeRangeError)


class HoldFormatError(DamagedError):
    """An object that should state a hold or its release does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who placed or released a hold."""

    account_id: UUID
    user: str
    """The name at that time; an index that lost its accounts has no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord:
    """What a hold's object says."""

    hold_id: UUID
    station_id: UUID | None
    camera_id: UUID | None
    range: TimeRange
    reason: str
    placed_by: Signatory
    placed_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """What the object of a release says."""

    hold_id: UUID
    reason: str | None
    released_by: Signatory
    released_utc: datetime


def hold_key(hold_id: UUID) -> str:
    """Where a hold's record is."""
    return f"{HOLD_PREFIX}{hold_id}.json"


def is_hold_key(key: str) -> bool:
    """Whether a hold's record is there, and not that of a release or a stranger."""
    name = _KEY.fullmatch(key)
    return name is not None and name[2] is None


def release_key(hold_id: UUID) -> str:
    """Where the record of its release is."""
    return f"{HOLD_PREFIX}{hold_id}.released.json"


def keep_hold(session: Session, store: ObjectStore, row: HoldRow) -> None:
    """Make a hold durable as an object. One that is there stays as it is."""
    content: dict[str, Any] = {
        "format": _FORMAT,
        "hold": str(row.hold_id),
        "station": str(row.station_id) if row.station_id else None,
        "camera": str(row.camera_id) if row.camera_id else None,
        "t0": to_iso(row.start_utc),
        "t1": to_iso(row.end_utc),
        "reason": row.reason,
        "placed": to_iso(row.placed_utc),
        **_signed(session, row.placed_by),
    }
    _put(store, hold_key(row.hold_id), content)


def keep_release(session: Session, store: ObjectStore, row: HoldRow) -> None:
    """Make the release of a hold durable as an object. One that is there stays as it is."""
    if row.released_utc is None or row.released_by is None:
        return
    content: dict[str, Any] = {
        "format": _RELEASE_FORMAT,
        "hold": str(row.hold_id),
        "reason": row.release_reason,
        "released": to_iso(row.released_utc),
        **_signed(session, row.released_by),
    }
    _put(store, release_key(row.hold_id), content)


def keep_holds(session: Session, store: ObjectStore) -> None:
    """Make every hold and every release an object that is none yet: those of an older version."""
    for row in session.scalars(select(HoldRow).order_by(HoldRow.hold_id)):
        if not _is_there(store, hold_key(row.hold_id)):
            keep_hold(session, store, row)
        if not _is_there(store, release_key(row.hold_id)):
            keep_release(session, store, row)


def read_hold_object(store: ObjectStore, key: str) -> HoldRecord | ReleaseRecord:
    """What the object says.

    Raises:
        HoldFormatError: Neither a hold nor a release, or that of another one.
        ObjectMissingError: No such object.
    """
    name = _KEY.fullmatch(key)
    content = b"".join(store.get(key, 0, MAX_RECORD_BYTES))
    try:
        fields = json.loads(content)
        record = _release(fields) if fields["format"] == _RELEASE_FORMAT else _hold(fields)
    except _UNREADABLE as error:
        raise HoldFormatError(f"not the record of a hold: {error}") from error
    of = release_key if isinstance(record, ReleaseRecord) else hold_key
    if name is None or of(record.hold_id) != key:
        raise HoldFormatError("its record speaks of another hold")
    return record


def _hold(fields: Mapping[str, Any]) -> HoldRecord:
    if fields["format"] != _FORMAT:
        raise ValueError("the record has a format of another version")
    return HoldRecord(
        hold_id=UUID(fields["hold"]),
        station_id=UUID(fields["station"]) if fields["station"] else None,
        camera_id=UUID(fields["camera"]) if fields["camera"] else None,
        range=TimeRange(from_iso(fields["t0"]), from_iso(fields["t1"])),
        reason=str(fields["reason"]),
        placed_by=_signatory(fields),
        placed_utc=from_iso(fields["placed"]),
    )


def _release(fields: Mapping[str, Any]) -> ReleaseRecord:
    return ReleaseRecord(
        hold_id=UUID(fields["hold"]),
        reason=None if fields["reason"] is None else str(fields["reason"]),
        released_by=_signatory(fields),
        released_utc=from_iso(fields["released"]),
    )


def _signed(session: Session, account_id: UUID) -> dict[str, str]:
    account = session.get(AccountRow, account_id)
    return {"account": str(account_id), "user": account.user if account else ""}


def _signatory(fields: Mapping[str, Any]) -> Signatory:
    return Signatory(account_id=UUID(fields["account"]), user=str(fields["user"]))


def _is_there(store: ObjectStore, key: str) -> bool:
    try:
        store.stat(key)
    except ObjectMissingError:
        return False
    return True


def _put(store: ObjectStore, key: str, fields: Mapping[str, Any]) -> None:
    content = json.dumps(fields).encode()
    promise = ObjectPromise(
        size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), metadata={}
    )
    with suppress(ObjectExistsError):
        store.put(key, [content], promise)
