"""Errors as pages: what happened, what it means for the recording, what to do now."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.web.rendering import page

_NAMED = {400: "bad", 403: "forbidden", 404: "not_found", 422: "bad", 429: "limit", 503: "away"}


def error_page(request: Request, status: int, detail: str) -> Response:
    """The page of an error; who is not signed in is asked to, and then led on.

    Fits `api.problems.ErrorPage`.
    """
    if status == 401:
        return RedirectResponse(f"/sign-in?next={quote(_wanted(request))}", 303)
    values = {"name": _NAMED.get(status, "broken"), "status": status, "detail": detail}
    return page(request, "error.html", values, status_code=status)


def _wanted(request: Request) -> str:
    if request.method != "GET":
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
