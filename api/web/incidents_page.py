"""`/incidents`: everything that was, or is, wrong."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.incident_views import IncidentView, incident_views
from api.services import Use
from api.web.incident_comments import comment_lines
from api.web.rendering import FORM_WORDS, reader_of
from api.web.table_page import table_page
from api.web.tables import Cell, Column, Table, begun
from api.web.zones import COUNTRY_ZONE
from core.ui.catalogue import Texts
from core.ui.spelling import moment
from core.ui.words import incident_word, region_word
from storage.registry.incidents import list_incidents

router = APIRouter(include_in_schema=False)

Seer = Annotated[Account, Depends(require(Right.SEE_INCIDENTS))]

_LIMIT = 1000
_COLUMNS = (
    Column(key="opened", name="table.opened"),
    Column(key="kind", name="table.kind"),
    Column(key="station", name="table.station"),
    Column(key="region", name="table.region"),
    Column(key="state", name="table.state"),
    Column(key="count", name="table.count"),
    Column(key="accepted", name="table.accepted"),
    Column(key="comment", name="incident.comment"),
)


@router.get("/incidents")
def show_incidents(
    request: Request,
    services: Use,
    account: Seer,
    only_open: Annotated[str, Query(alias="open")] = "",
) -> Response:
    """The newest incidents, all of them or the open ones."""
    texts = reader_of(request, account).texts
    with services.transaction() as session:
        rows = list_incidents(session, account.regions, _LIMIT, only_open=bool(only_open))
        views = incident_views(session, rows)
    table = Table(columns=_COLUMNS, rows=tuple(_row(view, texts) for view in views))
    waiting = [view for view in views if view.closed_utc is None and not view.acknowledged_utc]
    values = {
        "only_open": bool(only_open),
        "limit": _LIMIT,
        "waiting": waiting,
        "zone": COUNTRY_ZONE,
        "may_handle": account.has(Right.HANDLE_INCIDENTS),
        "now_utc": services.now_utc,
        "words": texts.under(*FORM_WORDS),
    }
    return table_page(request, account, "incidents.html", table, values)


def _row(view: IncidentView, texts: Texts) -> tuple[Cell, ...]:
    is_open = view.closed_utc is None
    camera = texts("camera.title", n=view.camera_position) if view.camera_position else ""
    place = " · ".join(part for part in (view.station_number, camera) if part)
    closed = moment(view.closed_utc, COUNTRY_ZONE, texts) if view.closed_utc else ""
    return (
        Cell(text=moment(view.opened_utc, COUNTRY_ZONE, texts), instant=view.opened_utc),
        Cell(text=begun(incident_word(texts, view.kind))),
        Cell(text=place or "–", href=f"/stations/{view.station_id}" if view.station_id else ""),
        Cell(text=begun(region_word(texts, view.region)) if view.region else "–"),
        Cell(
            text=texts("incident.open") if is_open else texts("incident.closed", time=closed),
            tone="failing" if is_open else "idle",
        ),
        Cell(text=str(view.count)),
        Cell(text=view.acknowledged_by or "–"),
        Cell(text="\n".join(comment_lines(view.comment, COUNTRY_ZONE, texts)) or "–"),
    )
