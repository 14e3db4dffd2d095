"""Every error the streamer answers, as RFC 9457 `application/problem+json`."""

import math
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.errors import ErrorKind, ExhaustedError, PollcamError
from core.redact import redacted
from streamer.http_headers import CORS
from streamer.metrics import Metrics

_STATUS = {
    ErrorKind.BAD_INPUT: HTTPStatus.BAD_REQUEST,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.EXHAUSTED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.DAMAGED: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Problems:
    """Turns errors into answers and counts them.

    Args:
        metrics: Where refusals are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def answer(self, _request: Request, error: Exception) -> Response:
        """The problem that an error is to the caller."""
        match error:
            case PollcamError():
                status = getattr(error, "status", None) or _STATUS[error.kind]
                detail, kind = str(error), error.kind
            case HTTPException():
                status = HTTPStatus(error.status_code)
                detail, kind = str(error.detail), _kind_of(status)
            case _:
                status = HTTPStatus.INTERNAL_SERVER_ERROR
                detail, kind = "something went wrong here; it was noted", ErrorKind.UNAVAILABLE
        self._metrics.refusals.labels(str(status.value), reason_of(error)).inc()
        return _problem(status, detail, kind, _headers_of(error, status))


def reason_of(error: Exception) -> str:
    """The error's name as a label: `ExpiredTokenError` is `expired_token`. Pure."""
    if not isinstance(error, PollcamError):
        return "http" if isinstance(error, HTTPException) else "fault"
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _kind_of(status: HTTPStatus) -> ErrorKind:
    return ErrorKind.NOT_FOUND if status is HTTPStatus.NOT_FOUND else ErrorKind.BAD_INPUT


def _headers_of(error: Exception, status: HTTPStatus) -> dict[str, str]:
    headers = dict(CORS)
    if isinstance(error, HTTPException) and error.headers:
        headers.update(error.headers)
    if isinstance(error, ExhaustedError):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _problem(
    status: HTTPStatus, detail: str, kind: ErrorKind, headers: dict[str, str]
) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": redacted(detail),
        "kind": kind.value,
    }
    return JSONResponse(body, status.value, headers, media_type="application/problem+json")
