"""`pollcam api serve`: the control API."""

import argparse
import os
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from api.settings import ApiSettings


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("api", help="run the control API")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("serve", help="answer requests until told to end; settings: POLLCAM_API_*")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    import structlog

    from api.settings import load_settings
    from core.errors import PollcamError
    from core.logs import configure_logging

    try:
        settings = load_settings(os.environ)
        configure_logging(settings.log_level)
        listener = _listen(settings)
    except PollcamError as error:
        print(f"pollcam: {error}", file=sys.stderr)
        return 2
    try:
        return _serve(settings, listener)
    except PollcamError as error:
        structlog.get_logger(__name__).error("api.not_started", error=str(error))
        print(f"pollcam: {error}", file=sys.stderr)
        return 2
    finally:
        listener.close()


def _listen(settings: "ApiSettings") -> "socket.socket":
    import socket

    from core.errors import SettingsError

    address = (settings.listen_host, settings.listen_port)
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    try:
        listener = socket.create_server(address, family=family, backlog=1024)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"cannot listen on {address[0]} port {address[1]}: {reason}") from error
    listener.set_inheritable(True)
    return listener


def _serve(settings: "ApiSettings", listener: "socket.socket") -> int:
    import uvicorn

    from api.app import create_app
    from api.services import Services

    app = create_app(settings)
    services: Services = app.state.services

    class Server(uvicorn.Server):
        """Ends the endless answers first: the others are given a moment to finish."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 uvicorn's
            services.events.close()
            services.knocks.close()
            # Not uvicorn's own: it would end the process by the signal, and being told to end
            # is no failure.
            self.should_exit = True

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        # Whom to believe about X-Forwarded-* is a setting of ours; uvicorn would trust localhost.
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        limit_concurrency=2000,
    )
    port_file = Path(settings.data_dir) / "api.port"
    port_file.write_text(f"{listener.getsockname()[1]}\n")
    server = Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 2
