"""What a person must see: one row per cause and place while it lasts."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from storage.index.registry_tables import IncidentCommentRow, IncidentRow, StationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is wrong: a camera, a station or, with neither, the whole system."""

    station_id: UUID | None = None
    camera_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One thing that happened."""

    kind: str
    place: Place
    detail: str
    device_id: UUID | None = None


def report_occurrence(session: Session, what: Occurrence, now_utc: datetime) -> IncidentRow:
    """Open an incident, or count the occurrence on the one that is open for its kind and place."""
    row = _open_row(session, what.kind, what.place)
    if row is None:
        return _add(session, what, now_utc)
    row.count += 1
    row.last_utc, row.detail = now_utc, what.detail
    return row


def open_incident(session: Session, what: Occurrence, now_utc: datetime) -> IncidentRow | None:
    """Open an incident unless one is open for its kind and place; the new row or None."""
    if _open_row(session, what.kind, what.place) is not None:
        return None
    return _add(session, what, now_utc)


def close_incident(
    session: Session, kind: str, place: Place, now_utc: datetime
) -> IncidentRow | None:
    """Close the open incident of this kind and place; the row or None."""
    row = _open_row(session, kind, place)
    if row is not None:
        row.closed_utc = row.last_utc = now_utc
    return row


def get_incident(session: Session, incident_id: UUID) -> IncidentRow:
    """The incident, or `NotFoundError`."""
    row = session.get(IncidentRow, incident_id)
    if row is None:
        raise NotFoundError("there is no such incident")
    return row


def acknowledge_incident(
    session: Session, row: IncidentRow, account_id: UUID, now_utc: datetime
) -> None:
    """Name who takes it on. Of several at once the first stays, and the row says who that is."""
    session.execute(
        update(IncidentRow)
        .where(IncidentRow.incident_id == row.incident_id, IncidentRow.acknowledged_utc.is_(None))
        .values(acknowledged_utc=now_utc, acknowledged_by=account_id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def add_comment(
    session: Session, row: IncidentRow, user: str, text: str, now_utc: datetime
) -> None:
    """Add what somebody has to say; what others said stays."""
    session.add(
        IncidentCommentRow(incident_id=row.incident_id, at_utc=now_utc, user=user, text=text)
    )
    session.flush()


def comments_on(
    session: Session, incident_ids: Collection[UUID]
) -> dict[UUID, list[IncidentCommentRow]]:
    """What people said of each of these incidents that has comments, oldest first."""
    found: dict[UUID, list[IncidentCommentRow]] = {}
    query = select(IncidentCommentRow).order_by(IncidentCommentRow.comment_id)
    for row in session.scalars(query.where(IncidentCommentRow.incident_id.in_(incident_ids))):
        found.setdefault(row.incident_id, []).append(row)
    return found


def list_open(session: Session, kinds: Sequence[str] = ()) -> Sequence[IncidentRow]:
    """The open incidents of these kinds (none named: all)."""
    query = select(IncidentRow).where(IncidentRow.closed_utc.is_(None))
    return session.scalars(query.where(IncidentRow.kind.in_(kinds)) if kinds else query).all()


def list_incidents(
    session: Session, regions: Sequence[str], limit: int, *, only_open: bool = False
) -> Sequence[IncidentRow]:
    """Incidents of these regions (none named: all and those of no place), newest first."""
    query = select(IncidentRow).order_by(IncidentRow.opened_utc.desc()).limit(limit)
    if only_open:
        query = query.where(IncidentRow.closed_utc.is_(None))
    return session.scalars(query.where(*_in_regions(regions))).all()


def list_changed(session: Session, since_utc: datetime, limit: int) -> Sequence[IncidentRow]:
    """Incidents that were opened, counted, acknowledged or closed since then."""
    return session.scalars(
        select(IncidentRow)
        .where(or_(IncidentRow.last_utc >= since_utc, IncidentRow.acknowledged_utc >= since_utc))
        .order_by(IncidentRow.last_utc)
        .limit(limit)
    ).all()


def _in_regions(regions: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    if not regions:
        return ()
    inside = select(StationRow.station_id).where(StationRow.region.in_(regions))
    return (IncidentRow.station_id.in_(inside),)


def _open_row(session: Session, kind: str, place: Place) -> IncidentRow | None:
    """The open row of this kind and place, with the right to decide about it until commit."""
    _lock(session, f"{kind}:{place.station_id}:{place.camera_id}")
    return session.scalars(
        select(IncidentRow)
        .where(
            IncidentRow.kind == kind,
            IncidentRow.closed_utc.is_(None),
            IncidentRow.station_id == place.station_id,  # compared with None it is IS NULL
            IncidentRow.camera_id == place.camera_id,
        )
        .execution_options(populate_existing=True)
        .limit(1)
    ).first()


def _lock(session: Session, name: str) -> None:
    session.flush()
    if session.get_bind().dialect.name == "sqlite":
        # Any write takes the one lock there is; this one changes nothing.
        nothing = update(IncidentRow).where(IncidentRow.kind == "").values(count=IncidentRow.count)
        session.execute(nothing.execution_options(synchronize_session=False))
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _add(session: Session, what: Occurrence, now_utc: datetime) -> IncidentRow:
    row = IncidentRow(
        incident_id=uuid4(),
        kind=what.kind,
        station_id=what.place.station_id,
        camera_id=what.place.camera_id,
        device_id=what.device_id,
        detail=what.detail,
        count=1,
        opened_utc=now_utc,
        last_utc=now_utc,
    )
    session.add(row)
    session.flush()
    return row
