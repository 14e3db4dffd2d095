"""Errors as pages: what happened, what it means for the recording, what to do now."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.auth.account import Account
from api.auth.current import find_current_account
from api.services import Services
from api.web.rendering import page

_NAMED = {
    400: "bad",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "large",
    422: "bad",
    429: "limit",
    503: "away",
}
_NAMED_BY_CODE = {"stale_page": "stale"}


def error_page(request: Request, status: int, code: str, detail: str) -> Response:
    """The page of an error; who is not signed in is asked to, and then led on.

    Fits `api.problems.ErrorPage`.
    """
    if status == 401:
        return RedirectResponse(f"/sign-in?next={quote(_wanted(request))}", 303)
    of_status = _NAMED.get(status, "bad" if status < 500 else "broken")
    name = _NAMED_BY_CODE.get(code, of_status)
    values = {"name": name, "status": status, "detail": detail}
    return page(request, "error.html", values, _reader(request, status), status_code=status)


def _reader(request: Request, status: int) -> Account | None:
    """Who is signed in, so that they can go on; not asked where the index may be the trouble."""
    if status >= 500:
        return None
    services: Services = request.app.state.services
    return find_current_account(request, services)


def _wanted(request: Request) -> str:
    if request.method != "GET":
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
