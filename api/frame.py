"""What surrounds every request: an id, a log line, figures and the headers of every answer."""

from collections.abc import Mapping
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.settings import ApiSettings
from core.clock import Clock

_log = structlog.get_logger(__name__)


def security_headers(settings: ApiSettings) -> Mapping[str, str]:
    """Headers of every answer.

    Nothing is loaded from elsewhere but live video, which comes from the streamer, from where
    that sends pages on, or delayed from a cache; hls.js runs its worker from a blob.
    """
    delayed = settings.hls_url or settings.public_url
    live = " ".join((settings.streamer_url, *settings.live_engines, delayed))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self' blob:; "
        f"connect-src 'self' {live}; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    if settings.is_https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


class RequestFrame:
    """Outermost but for the server's own error handler.

    Args:
        app: What answers.
        settings: For the headers.
        metrics: Where requests are counted.
        clock: Takes the time of answers.
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings, metrics: Metrics, clock: Clock) -> None:
        self._app = app
        self._headers = security_headers(settings)
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        started_s = self._clock.monotonic_s()

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(MutableHeaders(scope=message), scope["path"], request_id)
                self._count(scope, message["status"], self._clock.monotonic_s() - started_s)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, framed)

    def _complete(self, headers: MutableHeaders, path: str, request_id: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers["x-request-id"] = request_id
        if path.startswith("/api/"):
            headers.setdefault("cache-control", "no-store")

    def _count(self, scope: Scope, status: int, duration_s: float) -> None:
        # The template, never the path: paths carry grants, and would be labels without end.
        route = _template(scope)
        self._metrics.requests.labels(scope["method"], route, str(status)).inc()
        self._metrics.durations.labels(route).observe(duration_s)
        level = _log.info if status >= 400 else _log.debug
        level("request.answered", method=scope["method"], route=route, status=status)


def _template(scope: Scope) -> str:
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) else "unknown"
