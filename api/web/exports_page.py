"""`/exports`: clips that were taken away, or are being made."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.routes.exports import ExportView
from api.routes.exports import show_exports as list_exports
from api.services import Use
from api.web.rendering import reader_of
from api.web.table_page import table_page
from api.web.tables import Cell, Column, Table
from api.web.zones import COUNTRY_ZONE
from core.ui.catalogue import Texts
from core.ui.spelling import moment, size, stretch
from storage.export.room import NO_ROOM

router = APIRouter(include_in_schema=False)

Exporter = Annotated[Account, Depends(require(Right.EXPORT))]

_LIMIT = 1000
_COLUMNS = (
    Column(key="made", name="table.made"),
    Column(key="station", name="table.station"),
    Column(key="range", name="table.range"),
    Column(key="reason", name="table.reason"),
    Column(key="user", name="table.user"),
    Column(key="state", name="table.state"),
    Column(key="size", name="table.size"),
    Column(key="sha256", name="table.sha256"),
)
_TONES = {"ready": "ok", "failed": "failing", "expired": "idle"}


@router.get("/exports")
def show_exports(request: Request, services: Use, account: Exporter) -> Response:
    """All exports of the account's regions, newest first."""
    texts = reader_of(request, account).texts
    views = list_exports(services, account, _LIMIT)
    table = Table(columns=_COLUMNS, rows=tuple(_row(view, texts) for view in views))
    is_busy = any(view.state in ("queued", "running") for view in views)
    return table_page(
        request, account, "exports.html", table, {"is_busy": is_busy, "limit": _LIMIT}
    )


def _row(view: ExportView, texts: Texts) -> tuple[Cell, ...]:
    camera = texts("camera.title", n=view.camera_position)
    archive = f"/archive?camera={view.camera_id}&at={view.start:%Y-%m-%dT%H:%M:%SZ}"
    return (
        Cell(text=moment(view.created_utc, COUNTRY_ZONE, texts), instant=view.created_utc),
        Cell(text=f"{view.station_number} · {camera}"),
        Cell(
            text=stretch(view.start, view.end, COUNTRY_ZONE, texts),
            order=view.start.isoformat(),
            href=archive,
        ),
        Cell(text=view.reason),
        Cell(text=view.user),
        _state(view, texts),
        Cell(text=size(view.total_bytes, texts), order=view.total_bytes),
        Cell(text=view.file_sha256 or "–", is_code=bool(view.file_sha256)),
    )


def _state(view: ExportView, texts: Texts) -> Cell:
    if view.state == "ready":
        href = f"/api/v1/exports/{view.id}/download"
        return Cell(text=texts("export.download"), tone="ok", href=href)
    share = int(100 * view.done_bytes / view.total_bytes) if view.total_bytes else 0
    text = texts(f"export.{view.state}", percent=share)
    detail = view.error if view.state == "failed" else ""
    if NO_ROOM in detail:
        text = f"{text}: {texts('export.no_room')}"
    return Cell(text=text, tone=_TONES.get(view.state, "warning"), detail=detail)
