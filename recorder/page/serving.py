"""Keeps the page on its address for ever. Nothing of the recording depends on it."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from random import Random

import structlog
import uvicorn
from starlette.types import ASGIApp

from core.backoff import Backoff
from recorder.page.connection import BoundedConnection
from recorder.page.listening import Listening, open_listener, read_listening

_CONCURRENCY_MAX = 32
_KEEP_ALIVE_S = 10
_SHUT_DOWN_S = 1
_HEADERS_BYTES_MAX = 16 * 1024
_RETRY = Backoff(first_s=1.0, cap_s=30.0)

_log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """Leaves signals to the agent."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """None are."""
        return nullcontext()


async def serve(
    app: ASGIApp,
    listen: str,
    *,
    on_listening: Callable[[str, int], None] | None = None,
) -> None:
    """Serve in this loop until cancelled. An address that cannot be had now is tried for ever.

    Args:
        app: From `make_page`.
        listen: `host:port`, for example `[::]:8088` or `127.0.0.1:8088`; port 0: any free one.
        on_listening: Told host and port each time it listens.

    Raises:
        SettingsError: `listen` is no address.
    """
    listening, random = read_listening(listen), Random()  # noqa: S311 spreads retries
    failures = 0
    while True:
        listener = _opened(listening)
        if listener is None:
            failures += 1
            await asyncio.sleep(_RETRY.delay_s(failures, random))
            continue
        failures = 0
        host, port = listener.getsockname()[:2]
        _log.info("page.listening", host=host, port=port)
        if on_listening is not None:
            on_listening(host, port)
        await _serve_on(app, listener)


def _opened(listening: Listening) -> socket.socket | None:
    try:
        return open_listener(listening)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _log.warning("page.cannot_listen", listen=str(listening), reason=reason)
        return None


async def _serve_on(app: ASGIApp, listener: socket.socket) -> None:
    server = _Server(_config(app))
    with listener:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listener]))
            try:
                await asyncio.shield(serving)
            except asyncio.CancelledError:
                server.should_exit = True
                await asyncio.wait({serving}, timeout=_SHUT_DOWN_S + 1)
                raise


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONCURRENCY_MAX,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUT_DOWN_S,
        h11_max_incomplete_event_size=_HEADERS_BYTES_MAX,
    )
