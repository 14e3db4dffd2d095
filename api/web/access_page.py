"""`/access-log`: who looked at what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.routes.access import AccessQuery, AccessView, show_access_log
from api.services import Use
from api.web.access_words import detail_words
from api.web.places import places_of
from api.web.rendering import reader_of
from api.web.table_page import table_page
from api.web.tables import Cell, Column, Table, begun
from api.web.zones import COUNTRY_ZONE
from core.ui.catalogue import Texts
from core.ui.spelling import moment, stretch

router = APIRouter(include_in_schema=False)

_LIMIT = 1000
_COLUMNS = (
    Column(key="at", name="table.at"),
    Column(key="user", name="table.user"),
    Column(key="action", name="table.action"),
    Column(key="place", name="table.station"),
    Column(key="range", name="table.range"),
    Column(key="detail", name="table.detail"),
    Column(key="address", name="table.address"),
)


@router.get("/access-log")
def show_log(
    request: Request,
    services: Use,
    account: Annotated[Account, Depends(require(Right.SEE_ACCESS_LOG))],
    before: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
) -> Response:
    """The newest rows of the log, or the newest before one of them."""
    texts = reader_of(request, account).texts
    views = show_access_log(AccessQuery(limit=_LIMIT, before_id=before), services, account)
    with services.transaction() as session:
        places = places_of(session, texts)
    table = Table(columns=_COLUMNS, rows=tuple(_row(view, places, texts) for view in views))
    values = {"older": str(views[-1].id) if len(views) == _LIMIT else ""}
    return table_page(request, account, "access_log.html", table, values)


def _row(view: AccessView, places: dict[UUID, str], texts: Texts) -> tuple[Cell, ...]:
    place = view.camera_id or view.station_id
    start, end = view.start, view.end
    range_text = stretch(start, end, COUNTRY_ZONE, texts) if start and end else "–"
    return (
        Cell(text=moment(view.at_utc, COUNTRY_ZONE, texts), instant=view.at_utc),
        Cell(text=view.user or "–"),
        Cell(text=begun(texts(f"action.{view.action}"))),
        Cell(text=places.get(place, "–") if place else "–"),
        Cell(text=range_text, order=start.isoformat() if start else ""),
        Cell(text=detail_words(view.action, view.detail, texts) or "–"),
        Cell(text=view.address or "–"),
    )
