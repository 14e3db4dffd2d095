"""Every error the API answers, in one shape: RFC 9457 `application/problem+json`."""

import math
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api import parameters
from core.errors import ErrorKind, ExhaustedError, PollcamError, code_of
from core.redact import redacted

_log = structlog.get_logger(__name__)

STATUS: Mapping[ErrorKind, HTTPStatus] = {
    ErrorKind.BAD_INPUT: HTTPStatus.BAD_REQUEST,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.DAMAGED: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_KIND_OF_STATUS = {
    HTTPStatus.BAD_REQUEST: ErrorKind.BAD_INPUT,
    HTTPStatus.UNPROCESSABLE_ENTITY: ErrorKind.BAD_INPUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorKind.BAD_INPUT,
    HTTPStatus.NOT_FOUND: ErrorKind.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ErrorKind.BAD_INPUT,
}
_FOR_ALL = ("retry-after", "allow")
"""Headers that a page has as well as a problem."""
_MEDIA_TYPE = "application/problem+json"

ErrorPage = Callable[[Request, int, str, str], Response]
"""Turns a problem into a page for people: request, status, code, sentence."""


Answer = Callable[[Request, Exception], Response]


def install_problems(app: FastAPI, error_page: ErrorPage | None = None) -> Answer:
    """Make every failure of the app a problem.

    Args:
        app: The application.
        error_page: Answers instead outside `/api`, where a browser asks for a page.

    Returns:
        What makes the answer to an error, for those outside the handlers' reach.
    """

    def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if error_page is None or not _wants_page(request):
            return problem
        code = code_of(error) if isinstance(error, PollcamError) else ""
        page = error_page(request, problem.status_code, code, _detail_of(error))
        page.headers.update({n: problem.headers[n] for n in _FOR_ALL if n in problem.headers})
        return page

    for kind in (PollcamError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)
    return answer


def problem_of(error: Exception) -> JSONResponse:
    """The problem that an error is to the caller. What nobody named is told to the log alone."""
    match error:
        case PollcamError():
            return _named(error)
        case RequestValidationError():
            return problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                _detail_of(error),
                ErrorKind.BAD_INPUT,
                code="not_valid",
                errors=_findings(error.errors()),
            )
        case HTTPException():
            status = HTTPStatus(error.status_code)
            kind = _KIND_OF_STATUS.get(status, ErrorKind.UNAVAILABLE)
            return problem(status, str(error.detail), kind, headers=error.headers)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, _detail_of(error), ErrorKind.UNAVAILABLE)


def problem(
    status: HTTPStatus,
    detail: str,
    kind: ErrorKind,
    headers: Mapping[str, str] | None = None,
    **extra: Any,  # noqa: ANN401 RFC 9457 lets a problem carry members of its own
) -> JSONResponse:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": redacted(detail),
        "kind": kind.value,
        "code": kind.value,
        **extra,
    }
    return JSONResponse(body, status.value, headers=dict(headers or {}), media_type=_MEDIA_TYPE)


def _named(error: PollcamError) -> JSONResponse:
    headers: dict[str, str] = {}
    status = getattr(error, "status", STATUS[error.kind])
    if isinstance(error, ExhaustedError):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("request.failed", error=str(error), cause=repr(error.__cause__))
    facts: Mapping[str, Any] = getattr(error, "facts", {})
    return problem(status, str(error), error.kind, headers, code=code_of(error), **facts)


def _detail_of(error: Exception) -> str:
    match error:
        case PollcamError():
            return str(error)
        case RequestValidationError():
            return "; ".join(f"{f['where']}: {f['what']}" for f in _findings(error.errors()))
        case HTTPException():
            return str(error.detail)
    return "something went wrong here; it was noted"


def _findings(errors: Sequence[Any]) -> list[dict[str, Any]]:
    # The offending input itself is left out: it may be a password.
    return [
        {
            "where": ".".join(str(part) for part in error["loc"]),
            "what": str(error["msg"]).removeprefix("Value error, "),
            "code": parameters.code_of(error),
            "limit": parameters.limit_of(error),
        }
        for error in errors
    ]


def _wants_page(request: Request) -> bool:
    # A link of a page leads to a download: what stands in its way is told to a person, too.
    is_api = request.url.path.startswith("/api/") and not request.url.path.endswith("/download")
    return not is_api and "text/html" in request.headers.get("accept", "")
