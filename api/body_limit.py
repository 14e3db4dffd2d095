"""No request's body is larger than its address allows."""

import re
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Answer
from core.errors import BadInputError

DEFAULT_BYTES = 2**20
"""Of any request that the table below does not name."""
_LIMITS = (
    # A segment's entry says what its size must be exactly; this only bounds the absurd.
    (re.compile(r"/api/v1/agent/objects/[^/]+"), 2**30),
    (re.compile(r"/api/v1/agent/cameras/[^/]+/still"), 64 * 1024),
    (re.compile(r"/api/v1/stations/import"), 8 * 2**20),
)


class BodyTooLargeError(BadInputError):
    """The body is larger than this address takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def limit_of(path: str) -> int:
    """How many bytes a request to this path may carry."""
    return next((limit for pattern, limit in _LIMITS if pattern.fullmatch(path)), DEFAULT_BYTES)


class BodyLimit:
    """Answers 413 for more, without reading it.

    Args:
        app: What takes the bodies.
        answer: From `install_problems`.
    """

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meter = _Meter(receive, send, limit_of(scope["path"]))
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > meter.limit:
            meter.is_over = True
        else:
            await self._app(scope, meter.receive, meter.send)
        if meter.is_over and not meter.has_started:
            refusal = await self._refusal(Request(scope), meter.limit)
            await refusal(scope, receive, send)

    async def _refusal(self, request: Request, limit: int) -> Response:
        error = BodyTooLargeError(f"the body is larger than the {limit} bytes this address takes")
        # In a thread: a page asks the index who reads it.
        answer = await run_in_threadpool(self._answer, request, error)
        answer.headers["connection"] = "close"  # the rest of the body is not read
        return answer


class _Meter:
    """Counts what comes in; once it is too much, holds back whatever answer is made of that."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._taken = 0
        self.limit = limit
        self.is_over = False
        self.has_started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self.limit:
            self.is_over = True
            raise BodyTooLargeError("the body is too large")
        return message

    async def send(self, message: Message) -> None:
        if self.is_over and not self.has_started:
            return
        self.has_started = True
        await self._send(message)
