"""Makes problems of the failures that never reach the handlers of `api.problems`."""

import structlog
from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Answer

_log = structlog.get_logger(__name__)


class LastResort:
    """Answers for what nobody named, and for bodies that the framework found too large.

    Args:
        app: What may fail.
        answer: From `install_problems`.
    """

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = _Watched(send)
        error: Exception | None = None
        try:
            await self._app(scope, receive, watched)
        except Exception as failure:  # noqa: BLE001 the last one: it logs and answers
            _log.exception("request.broke", method=scope["method"])
            error = failure
        if watched.was_too_large:
            error = HTTPException(413, "the request's body is too large")
        if error is not None and not watched.has_started:
            response: Response = self._answer(Request(scope), error)
            await response(scope, receive, send)


class _Watched:
    """Passes an answer on; holds back the framework's own text of "too large"."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False
        self.was_too_large = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            is_plain = any(v.startswith(b"text/plain") for _, v in message["headers"])
            self.was_too_large = message["status"] == 413 and is_plain
        if not self.was_too_large:
            self.has_started = True
            await self._send(message)
