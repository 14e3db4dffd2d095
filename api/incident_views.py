"""An incident as people see it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.timestamps import to_iso
from core.wire.message import Message
from storage.index.registry_tables import CameraRow, IncidentCommentRow, IncidentRow, StationRow
from storage.registry.accounts import names_of
from storage.registry.incidents import comments_on


class IncidentView(Message):
    """Something that was, or is, wrong."""

    id: UUID
    kind: str
    station_id: UUID | None
    station_number: str | None
    region: str | None
    camera_id: UUID | None
    camera_position: int | None
    device_id: UUID | None
    detail: str
    count: int
    opened_utc: datetime
    last_utc: datetime
    closed_utc: datetime | None
    acknowledged_utc: datetime | None
    acknowledged_by: str | None
    comment: str
    """What people said of it, oldest first: each remark on a line that begins with its instant."""


def incident_views(session: Session, rows: Iterable[IncidentRow]) -> list[IncidentView]:
    """The same incidents with the names of places and people."""
    kept = list(rows)
    stations = _stations(session, {r.station_id for r in kept if r.station_id})
    positions = _positions(session, {r.camera_id for r in kept if r.camera_id})
    names = names_of(session) if any(r.acknowledged_by for r in kept) else {}
    comments = comments_on(session, {r.incident_id for r in kept})
    views = (_view(row, stations, positions, names) for row in kept)
    return [v.model_copy(update={"comment": _text(comments.get(v.id, ()))}) for v in views]


def _view(
    row: IncidentRow,
    stations: dict[UUID, tuple[str, str]],
    positions: dict[UUID, int],
    names: dict[UUID, str],
) -> IncidentView:
    number, region = stations.get(row.station_id, (None, None)) if row.station_id else (None, None)
    return IncidentView(
        id=row.incident_id,
        kind=row.kind,
        station_id=row.station_id,
        station_number=number,
        region=region,
        camera_id=row.camera_id,
        camera_position=positions.get(row.camera_id) if row.camera_id else None,
        device_id=row.device_id,
        detail=row.detail,
        count=row.count,
        opened_utc=row.opened_utc,
        last_utc=row.last_utc,
        closed_utc=row.closed_utc,
        acknowledged_utc=row.acknowledged_utc,
        acknowledged_by=names.get(row.acknowledged_by) if row.acknowledged_by else None,
        comment="",
    )


def _text(comments: Iterable[IncidentCommentRow]) -> str:
    return "\n".join(_remark(comment) for comment in comments)


def _remark(comment: IncidentCommentRow) -> str:
    # Indented, a further line cannot pass for a remark that somebody else made at another time.
    said = "\n  ".join(comment.text.splitlines())
    return f"{to_iso(comment.at_utc)} {comment.user}: {said}"


def _stations(session: Session, ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    columns = (StationRow.station_id, StationRow.number, StationRow.region)
    rows = session.execute(select(*columns).where(StationRow.station_id.in_(ids)))
    return {station_id: (number, region) for station_id, number, region in rows}


def _positions(session: Session, ids: set[UUID]) -> dict[UUID, int]:
    columns = (CameraRow.camera_id, CameraRow.position)
    rows = session.execute(select(*columns).where(CameraRow.camera_id.in_(ids)))
    return {row.camera_id: row.position for row in rows}
