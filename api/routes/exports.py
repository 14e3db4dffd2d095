"""`/api/v1/exports`: clips to take away."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.looks import Look, UseLooking
from api.parameters import Comment, Instant, checked_range
from api.services import Services, Use
from api.v1 import V1
from core.errors import ConflictError, ExhaustedError
from core.timerange import TimeRange
from storage.export.plan import plan_export
from storage.index.footage_tables import ExportRow
from storage.index.registry_tables import CameraRow, StationRow
from storage.registry.access_log import Action
from storage.registry.accounts import names_of
from storage.registry.exports import (
    ExportOrder,
    count_unfinished,
    get_export,
    list_exports,
    queue_export,
)

_MAX_UNFINISHED = 20
"""Of one account; others want their clips too."""

router = APIRouter(prefix=f"{V1}/exports", tags=["exports"])

Exporter = Annotated[Account, Depends(require(Right.EXPORT))]


class TooManyExportsError(ExhaustedError):
    """Of one account's exports, so many wait that others would wait for them."""


class NewExport(BaseModel):
    """What shall be taken away, and why."""

    camera_id: UUID
    start: Instant
    end: Instant
    reason: Comment = Field(min_length=1)


class ExportView(BaseModel):
    """An export and how far it is."""

    id: UUID
    user: str
    station_number: str
    camera_id: UUID
    camera_position: int
    start: datetime
    end: datetime
    reason: str
    state: str
    """queued, running, ready, failed or expired."""
    done_bytes: int
    total_bytes: int
    error: str
    file_name: str
    file_sha256: str
    created_utc: datetime
    finished_utc: datetime | None
    expires_utc: datetime | None


@router.get("")
def show_exports(
    services: Use, account: Exporter, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[ExportView]:
    """The newest exports from the account's regions, whoever made them."""
    with services.transaction() as session:
        names = names_of(session)
        rows = list_exports(session, account.regions, limit)
    return [_view(services, names, *row) for row in rows]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_export(
    new: NewExport, services: Use, looking: UseLooking, account: Exporter
) -> ExportView:
    """Ask for a clip. 404 when the archive holds nothing of the range."""
    wanted = checked_range(new.start, new.end, services.settings.export_max_duration)
    look = Look(
        account=account,
        action=Action.EXPORT,
        camera_id=new.camera_id,
        range=wanted,
        detail=new.reason,
    )
    with services.transaction() as session:
        camera, station = looking.note(session, look)
        if count_unfinished(session, account.account_id) >= _MAX_UNFINISHED:
            raise TooManyExportsError("too many of your exports wait already", 60.0)
        order = ExportOrder(
            account_id=account.account_id,
            camera_id=new.camera_id,
            range=wanted,
            reason=new.reason,
            total_bytes=plan_export(session, new.camera_id, wanted).footage_bytes,
        )
        row = queue_export(session, order, services.now_utc)
    return _view(services, {account.account_id: account.user}, row, camera, station)


@router.get("/{export_id}")
def show_export(export_id: UUID, services: Use, account: Exporter) -> ExportView:
    """One export."""
    with services.transaction() as session:
        row, camera, station = get_export(session, export_id)
        names = names_of(session)
    account.must_see(station.region, "export")
    return _view(services, names, row, camera, station)


@router.get("/{export_id}/download", response_class=FileResponse)
def download_export(
    export_id: UUID, services: Use, looking: UseLooking, account: Exporter
) -> FileResponse:
    """The finished package."""
    with services.transaction() as session:
        row, _, station = get_export(session, export_id)
        account.must_see(station.region, "export")
        if row.state != "ready":
            raise ConflictError(f"this export is {row.state}")
        look = Look(
            account=account,
            action=Action.DOWNLOAD,
            camera_id=row.camera_id,
            range=TimeRange(row.start_utc, row.end_utc),
            detail=str(export_id),
        )
        looking.note(session, look)
    path = services.exports.path(export_id)
    if not path.is_file():
        raise ConflictError("the file of this export is no longer here; export it again")
    headers = {"cache-control": "private, no-store", "x-content-sha256": row.file_sha256}
    return FileResponse(path, media_type="application/zip", filename=row.file_name, headers=headers)


def _view(
    services: Services,
    names: dict[UUID, str],
    row: ExportRow,
    camera: CameraRow,
    station: StationRow,
) -> ExportView:
    kept_since_utc = row.finished_utc if row.state == "ready" else None
    return ExportView(
        id=row.export_id,
        user=names.get(row.account_id, "?"),
        station_number=station.number,
        camera_id=row.camera_id,
        camera_position=camera.position,
        start=row.start_utc,
        end=row.end_utc,
        reason=row.reason,
        state=row.state,
        done_bytes=row.done_bytes,
        total_bytes=row.total_bytes,
        error=row.error,
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        created_utc=row.created_utc,
        finished_utc=row.finished_utc,
        expires_utc=kept_since_utc and kept_since_utc + services.settings.export_lifetime,
    )
