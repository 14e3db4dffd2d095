"""A page that is one table, or its CSV."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

from api.auth.account import Account
from api.services import Services
from api.web.rendering import page, reader_of
from api.web.tables import Arrangement, Table, arranged, as_csv
from api.web.zones import COUNTRY_ZONE
from core.ui.spelling import moment


def table_page(
    request: Request,
    account: Account,
    template: str,
    table: Table,
    values: Mapping[str, object] | None = None,
) -> Response:
    """Render a table as the address wants it; `format=csv` gives it away as a file."""
    services: Services = request.app.state.services
    asked = request.query_params
    wanted = Arrangement(
        text=asked.get("q", ""),
        order_by=asked.get("sort", ""),
        is_descending=asked.get("dir") == "desc",
    )
    shown = arranged(table, wanted)
    texts = reader_of(request, account).texts
    if asked.get("format") == "csv":
        return _file(request, as_csv(shown, [texts(column.name) for column in table.columns]))
    given = {
        "table": shown,
        "all": len(table.rows),
        "wanted": wanted,
        "as_of": moment(services.now_utc, COUNTRY_ZONE, texts),
        **(values or {}),
    }
    return page(request, template, given, account)


def _file(request: Request, content: str) -> Response:
    name = request.url.path.strip("/").replace("/", "-")
    headers = {
        "content-disposition": f'attachment; filename="{name}.csv"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
