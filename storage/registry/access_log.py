"""Who looked at what. Rows are only ever added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from core.timerange import TimeRange
from storage.index.registry_tables import AccessRow, StationRow


class Action(StrEnum):
    """What was done."""

    LIVE = "live"
    PLAYLIST = "playlist"
    SNAPSHOT = "snapshot"
    EXPORT = "export"
    DOWNLOAD = "download"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    ACCOUNT_CHANGED = "account_changed"
    TOKEN_MADE = "token_made"  # noqa: S105 a word, not a secret
    TOKEN_TAKEN_BACK = "token_taken_back"  # noqa: S105 a word, not a secret
    STATION_CHANGED = "station_changed"
    ENROLMENT_TOKEN_MADE = "enrolment_token_made"  # noqa: S105 a word, not a secret
    DEVICE_ENROLLED = "device_enrolled"
    DEVICE_REVOKED = "device_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One look, or one change of who may look."""

    action: Action
    account_id: UUID | None
    address: str
    camera_id: UUID | None = None
    station_id: UUID | None = None
    range: TimeRange | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFilter:
    """Which rows of the log are wanted."""

    regions: tuple[str, ...] = ()
    account_id: UUID | None = None
    camera_id: UUID | None = None
    station_id: UUID | None = None
    action: Action | None = None
    start_utc: datetime | None = None
    end_utc: datetime | None = None
    before_id: int | None = None
    """Only older rows: how a list is paged through."""


def log_access(session: Session, access: Access, now_utc: datetime) -> None:
    """Add a row; the caller commits before it answers."""
    session.add(
        AccessRow(
            at_utc=now_utc,
            account_id=access.account_id,
            action=access.action.value,
            camera_id=access.camera_id,
            station_id=access.station_id,
            start_utc=access.range.start_utc if access.range else None,
            end_utc=access.range.end_utc if access.range else None,
            detail=access.detail,
            address=access.address,
        )
    )


def log_access_once(session: Session, access: Access, now_utc: datetime, every: timedelta) -> bool:
    """Add a row unless the account did the same to the same camera less than `every` ago."""
    recent = session.scalar(
        select(AccessRow.access_id)
        .where(
            AccessRow.camera_id == access.camera_id,
            AccessRow.account_id == access.account_id,
            AccessRow.action == access.action.value,
            AccessRow.detail == access.detail,
            AccessRow.at_utc > now_utc - every,
        )
        .limit(1)
    )
    if recent is None:
        log_access(session, access, now_utc)
    return recent is None


Looks = Mapping[tuple[UUID, Action], datetime]
"""When each camera was last looked at in which way."""

_NEWEST_LOOKS = (
    select(AccessRow.camera_id, AccessRow.action, func.max(AccessRow.at_utc).label("at_utc"))
    .where(
        AccessRow.camera_id.in_(bindparam("cameras", expanding=True)),
        AccessRow.action.in_(bindparam("actions", expanding=True)),
        AccessRow.at_utc > bindparam("since_utc"),
    )
    .group_by(AccessRow.camera_id, AccessRow.action)
)


def newest_looks(
    session: Session, camera_ids: Sequence[UUID], actions: Sequence[Action], since_utc: datetime
) -> Looks:
    """The newest of the looks since then, of each of the cameras and in each of these ways."""
    wanted = {
        "cameras": camera_ids,
        "actions": [action.value for action in actions],
        "since_utc": since_utc,
    }
    rows = session.execute(_NEWEST_LOOKS, wanted)
    return {(row.camera_id, Action(row.action)): row.at_utc for row in rows}


def looked_at(looks: Looks, action: Action, since_utc: datetime) -> frozenset[UUID]:
    """Which cameras somebody looked at in this way since then. Pure."""
    return frozenset(c for (c, way), at in looks.items() if way is action and at > since_utc)


def list_accesses(session: Session, wanted: AccessFilter, limit: int) -> Sequence[AccessRow]:
    """The newest rows that fit."""
    query = select(AccessRow).order_by(AccessRow.access_id.desc()).limit(limit)
    return session.scalars(query.where(*_what(wanted), *_when(wanted))).all()


def _what(wanted: AccessFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.regions:
        inside = select(StationRow.station_id).where(StationRow.region.in_(wanted.regions))
        yield AccessRow.station_id.in_(inside)
    if wanted.account_id is not None:
        yield AccessRow.account_id == wanted.account_id
    if wanted.camera_id is not None:
        yield AccessRow.camera_id == wanted.camera_id
    if wanted.station_id is not None:
        yield AccessRow.station_id == wanted.station_id
    if wanted.action is not None:
        yield AccessRow.action == wanted.action.value


def _when(wanted: AccessFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.start_utc is not None:
        yield AccessRow.at_utc >= wanted.start_utc
    if wanted.end_utc is not None:
        yield AccessRow.at_utc < wanted.end_utc
    if wanted.before_id is not None:
        yield AccessRow.access_id < wanted.before_id
