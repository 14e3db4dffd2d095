"""What the page answers when it cannot do what was asked: one sentence, RFC 9457."""

import math
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from core.errors import ErrorKind, ExhaustedError, PollcamError
from core.redact import redacted

_STATUS = {
    ErrorKind.BAD_INPUT: HTTPStatus.BAD_REQUEST,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
}


def answer_error(request: Request, error: Exception) -> Response:
    """The problem that an error is to the caller; who mistyped the page's address is led there."""
    if _is_lost(request, error):
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    match error:
        case PollcamError():
            status = _STATUS.get(error.kind, HTTPStatus.SERVICE_UNAVAILABLE)
            return problem(status, str(error), error.kind, retry_after(error))
        case HTTPException():
            status = HTTPStatus(error.status_code)
            is_absent = status is HTTPStatus.NOT_FOUND
            detail = "there is nothing at this address" if is_absent else str(error.detail)
            kind = ErrorKind.NOT_FOUND if is_absent else ErrorKind.BAD_INPUT
            return problem(status, detail, kind, dict(error.headers or {}))
    # The server logs it whole; the caller learns nothing of it.
    detail = "something went wrong on this page and was noted; the recording is not affected"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, ErrorKind.UNAVAILABLE)


def _is_lost(request: Request, error: Exception) -> bool:
    is_absent = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
    wants_page = "text/html" in request.headers.get("accept", "")
    return is_absent and wants_page and request.method == "GET" and request.url.path != "/"


def retry_after(error: Exception) -> dict[str, str]:
    """The header that says when to come again, where there is something to say."""
    if isinstance(error, ExhaustedError):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}
    return {}


def problem(
    status: HTTPStatus, detail: str, kind: ErrorKind, headers: dict[str, str] | None = None
) -> JSONResponse:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": redacted(detail),
        "kind": kind.value,
    }
    return JSONResponse(body, status.value, headers, media_type="application/problem+json")
