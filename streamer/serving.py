"""Runs the app on its socket."""

import logging
import socket

import structlog
import uvicorn
from starlette.applications import Starlette

from core.errors import SettingsError
from streamer.settings import StreamerSettings

_BACKLOG = 1024
_SHUT_DOWN_S = 3

_log = structlog.get_logger(__name__)


def serve(settings: StreamerSettings, app: Starlette, listen_fd: int | None = None) -> None:
    """Listen and serve until SIGINT or SIGTERM.

    Args:
        settings: Where to listen.
        app: What answers.
        listen_fd: A socket that listens already, in place of the settings' address.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    for library in ("aioice", "aiortc"):
        logging.getLogger(library).setLevel(logging.WARNING)  # they tell peers' addresses
    if listen_fd is None:
        listener = _listen(settings.listen_host, settings.listen_port)
    else:
        listener = socket.socket(fileno=listen_fd)
    host, port = listener.getsockname()[:2]
    _log.info("streamer.listening", host=host, port=port)
    config = uvicorn.Config(
        app,
        loop="asyncio",  # measured: uvloop sends no faster, and this is what the tests run on
        lifespan="on",
        log_config=None,
        access_log=False,  # session URLs are secrets
        server_header=False,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=_SHUT_DOWN_S,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"cannot listen on {host} port {port}: {reason}") from error
    return listener
