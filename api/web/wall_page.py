"""`/wall`: what an operator works at."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.fleet import FleetSnapshot
from api.routes.status import current_fleet, told_fleet
from api.services import Use
from api.web.camera_panel import panel_of
from api.web.rendering import FORM_WORDS, answered, page, reader_of, rendered
from api.web.wall_view import WallFilter, look_of, ordered, summary_for
from api.web.zones import COUNTRY_ZONE
from core.health import Reason
from core.ui import spelling
from core.ui.catalogue import Texts

router = APIRouter(include_in_schema=False)


_FIRST_TILES = 24
"""Rendered by the server; the script takes over from there."""
_SCRIPT_WORDS = (
    *FORM_WORDS,
    "status.",
    "reason.",
    "region.",
    "wall.",
    "tile.",
    "live.",
    "unit.",
    "camera.title",
    "page.lost",
)

Watcher = Annotated[Account, Depends(require(Right.SEE_STATUS))]


class WallQuery(BaseModel):
    """The address of the wall holds its whole state."""

    region: str = ""
    reason: str = ""
    q: str = Field(default="", max_length=100)
    trouble: str = ""
    size: str = Field(default="m", pattern="^(s|m|l|live)$")
    camera: UUID | None = None
    lang: str = ""
    theme: str = ""

    @property
    def filter(self) -> WallFilter:
        """Which tiles are wanted."""
        return WallFilter(
            region=self.region, reason=self.reason, text=self.q, only_trouble=bool(self.trouble)
        )


@router.get("/wall")
def show_wall(
    request: Request, services: Use, account: Watcher, asked: Annotated[WallQuery, Query()]
) -> Response:
    """The whole page, with the first tiles and, where the address names one, an open camera."""
    snapshot = current_fleet(services)
    views = snapshot.views(account.regions)
    tiles = ordered(views, asked.filter)
    texts = reader_of(request, account).texts
    values = {
        **_summary_values(account, snapshot, texts),
        "asked": asked,
        "look": look_of,
        "tiles": tiles[:_FIRST_TILES],
        "tiles_total": len(tiles),
        "words": texts.under(*_SCRIPT_WORDS),
        "panel": panel_of(services, account, asked.camera, texts) if asked.camera else None,
        **_rights(account),
    }
    return page(request, "wall.html", values, account)


@router.get("/wall/summary")
def show_summary(
    request: Request, services: Use, account: Watcher, asked: Annotated[WallQuery, Query()]
) -> Response:
    """The part above the tiles, refreshed when a tick says that it is another one.

    Rendered once for all who may see the same, in one language, by one address.
    """
    reader, snapshot = reader_of(request, account), told_fleet(services)

    def render() -> bytes:
        values = _summary_values(account, snapshot, reader.texts)
        return rendered(request, "wall_summary.html", {**values, "asked": asked}, reader).encode()

    query = tuple(request.query_params.multi_items())
    key = ("summary page", frozenset(account.regions), reader.language, query)
    return answered(request, snapshot.made.get(key, render), reader)


@router.get("/wall/cameras/{camera_id}")
def show_panel(
    camera_id: UUID,
    request: Request,
    services: Use,
    account: Watcher,
    asked: Annotated[WallQuery, Query()],
) -> Response:
    """One open camera."""
    panel = panel_of(services, account, camera_id, reader_of(request, account).texts)
    values = {"panel": panel, "asked": asked, **_rights(account)}
    return page(request, "camera_panel.html", values, account)


def _rights(account: Account) -> dict[str, object]:
    return {
        "may_see_pictures": account.has(Right.SEE_SNAPSHOT),
        "may_watch_live": account.has(Right.WATCH_LIVE),
        "may_watch_archive": account.has(Right.WATCH_ARCHIVE),
        "may_handle": account.has(Right.HANDLE_INCIDENTS),
    }


def _summary_values(account: Account, snapshot: FleetSnapshot, texts: Texts) -> dict[str, object]:
    now_utc = snapshot.at_utc
    return {
        "summary": summary_for(snapshot, account.regions),
        "coverage": snapshot.coverage_ratio(account.regions),
        "checked_at": spelling.clock_time(now_utc, COUNTRY_ZONE),
        "offset": spelling.offset(now_utc, COUNTRY_ZONE),
        "now_utc": now_utc,
        "started": lambda lasts_s: _started(lasts_s, now_utc, texts),
        "tones": tones_of(Reason),
    }


def _started(lasts_s: float | None, now_utc: datetime, texts: Texts) -> str:
    if lasts_s is None:
        return ""
    return spelling.since(now_utc - timedelta(seconds=lasts_s), now_utc, COUNTRY_ZONE, texts)


def tones_of(reasons: Iterable[Reason]) -> dict[Reason, str]:
    """How each cause looks in the list of troubles."""
    unknown = {Reason.NEVER_SEEN, Reason.AGENT_SILENT}
    warnings = {Reason.DISK_LOW, Reason.CLOCK_UNSYNCED, Reason.PICTURE_UNKNOWN}
    return {
        reason: "unknown" if reason in unknown else "warning" if reason in warnings else "failing"
        for reason in reasons
    }
