"""Exports as rows: asking for one, and finding those that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.timerange import TimeRange
from storage.index.footage_tables import ExportRow
from storage.index.registry_tables import CameraRow, StationRow

_UNFINISHED = ("queued", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What somebody wants to take away."""

    account_id: UUID
    camera_id: UUID
    range: TimeRange
    reason: str
    total_bytes: int


def queue_export(session: Session, order: ExportOrder, now_utc: datetime) -> ExportRow:
    """Add an export to the queue."""
    row = ExportRow(
        export_id=uuid4(),
        account_id=order.account_id,
        camera_id=order.camera_id,
        start_utc=order.range.start_utc,
        end_utc=order.range.end_utc,
        reason=order.reason,
        state="queued",
        done_bytes=0,
        total_bytes=order.total_bytes,
        error="",
        file_name="",
        file_sha256="",
        created_utc=now_utc,
    )
    session.add(row)
    session.flush()
    return row


def count_unfinished(session: Session, account_id: UUID) -> int:
    """How many of an account's exports are not done yet."""
    query = select(func.count()).where(
        ExportRow.account_id == account_id, ExportRow.state.in_(_UNFINISHED)
    )
    return session.scalar(query) or 0


def list_exports(
    session: Session, regions: Sequence[str], limit: int
) -> Sequence[tuple[ExportRow, CameraRow, StationRow]]:
    """The newest exports from these regions (none named: all) with what they are of."""
    query = _exports().order_by(ExportRow.created_utc.desc(), ExportRow.export_id).limit(limit)
    if regions:
        query = query.where(StationRow.region.in_(regions))
    return [(export, camera, station) for export, camera, station in session.execute(query)]


def get_export(session: Session, export_id: UUID) -> tuple[ExportRow, CameraRow, StationRow]:
    """One export and what it is of, or `NotFoundError`."""
    found = session.execute(_exports().where(ExportRow.export_id == export_id)).first()
    if found is None:
        raise NotFoundError("there is no such export")
    return found[0], found[1], found[2]


def _exports() -> Select[ExportRow, CameraRow, StationRow]:
    return (
        select(ExportRow, CameraRow, StationRow)
        .join(CameraRow, CameraRow.camera_id == ExportRow.camera_id)
        .join(StationRow, StationRow.station_id == CameraRow.station_id)
    )
