"""What the page answers when it cannot do what was asked.

A browser is told in a page and in its language, a program by a problem (RFC 9457) in English.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from core.errors import ErrorKind, ExhaustedError, PollcamError, code_of
from core.redact import redacted
from core.ui.rendering import Refusal, render_refusal, with_query
from recorder.page.guard import PinNeededError
from recorder.page.language import language_of
from recorder.page.pin_door import WrongPinError
from recorder.page.pin_gate import TooManyPinsError

_STATUS = {
    ErrorKind.BAD_INPUT: HTTPStatus.BAD_REQUEST,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
}
_NAMES: Mapping[type[PollcamError], str] = {
    PinNeededError: "pin",
    WrongPinError: "wrong",
    TooManyPinsError: "too_many",
}
_NAMES_OF_KINDS = {ErrorKind.NOT_FOUND: "nothing", ErrorKind.BAD_INPUT: "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """An error as the caller sees it."""

    status: HTTPStatus
    detail: str
    kind: ErrorKind
    code: str
    refusal: Refusal
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_error(request: Request, error: Exception) -> Response:
    """The answer to an error; who mistyped the page's address is led there."""
    if _is_lost(request, error):
        lang = request.query_params.get("lang", "")
        return RedirectResponse(with_query("/", {}, lang=lang), HTTPStatus.SEE_OTHER)
    fault = _fault_of(error)
    if _wants_page(request):
        page = render_refusal(fault.refusal, language_of(request))
        return HTMLResponse(page, fault.status, fault.headers)
    return _problem(fault)


def retry_after(error: Exception) -> dict[str, str]:
    """The header that says when to come again, where there is something to say."""
    wait_s = _wait_s(error)
    return {"Retry-After": str(wait_s)} if wait_s else {}


def _wait_s(error: Exception) -> int:
    """Whole seconds to wait; 0: there is nothing to wait for."""
    return max(1, math.ceil(error.retry_after_s)) if isinstance(error, ExhaustedError) else 0


def _fault_of(error: Exception) -> _Fault:
    match error:
        case PollcamError():
            return _of_ours(error)
        case HTTPException():
            return _of_starlette(error)
    # The server logs it whole; the caller learns nothing of it.
    return _Fault(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        detail="something went wrong on this page and was noted; the recording is not affected",
        kind=ErrorKind.UNAVAILABLE,
        code=ErrorKind.UNAVAILABLE.value,
        refusal=Refusal(name="broken"),
    )


def _of_ours(error: PollcamError) -> _Fault:
    name = _NAMES.get(type(error)) or _NAMES_OF_KINDS.get(error.kind, "away")
    return _Fault(
        status=_STATUS.get(error.kind, HTTPStatus.SERVICE_UNAVAILABLE),
        detail=str(error),
        kind=error.kind,
        code=code_of(error),
        refusal=Refusal(name=name, retry_after_s=_wait_s(error)),
        headers=retry_after(error),
    )


def _of_starlette(error: HTTPException) -> _Fault:
    status = HTTPStatus(error.status_code)
    is_absent = status is HTTPStatus.NOT_FOUND
    kind = ErrorKind.NOT_FOUND if is_absent else ErrorKind.BAD_INPUT
    return _Fault(
        status=status,
        detail="there is nothing at this address" if is_absent else str(error.detail),
        kind=kind,
        code=kind.value,
        refusal=Refusal(name=_NAMES_OF_KINDS[kind]),
        headers=error.headers or {},
    )


def _is_lost(request: Request, error: Exception) -> bool:
    is_absent = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
    is_elsewhere = request.method == "GET" and request.url.path != "/"
    return is_absent and is_elsewhere and _wants_page(request)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _problem(fault: _Fault) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": fault.status.phrase,
        "status": fault.status.value,
        "detail": redacted(fault.detail),
        "kind": fault.kind.value,
        "code": fault.code,
    }
    headers = dict(fault.headers)
    return JSONResponse(body, fault.status, headers, media_type="application/problem+json")
