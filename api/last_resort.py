"""Makes problems of the failures that nobody named."""

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Answer

_log = structlog.get_logger(__name__)


class LastResort:
    """Answers for what no handler knows; the cause goes to the log and nowhere else.

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
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as failure:
            _log.exception("request.broke", method=scope["method"])
            if has_started:
                raise  # the server cuts the connection: half an answer must not look whole
            await self._answer(Request(scope), failure)(scope, receive, send)
