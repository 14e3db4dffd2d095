"""`pollcam streamer serve`: live pictures in by WHIP, out by WHEP."""

import argparse
import sys


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the subcommand."""
    parser = subparsers.add_parser(
        "streamer", help="take in live pictures and send them to those who watch"
    )
    actions = parser.add_subparsers(dest="action", required=True)
    serve = actions.add_parser(
        "serve", help="run until told to end; configured by POLLCAM_STREAMER_*"
    )
    serve.add_argument("--listen-fd", type=int, help=argparse.SUPPRESS)
    serve.add_argument("--crew-fd", type=int, help=argparse.SUPPRESS)
    serve.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    import os

    from core.clock import SystemClock
    from core.errors import SettingsError
    from core.logs import configure_logging
    from streamer.app import build_app
    from streamer.crew.front import build_front
    from streamer.serving import serve
    from streamer.settings import load_settings

    try:
        settings = load_settings(os.environ)
        configure_logging(settings.log_level)
        clock = SystemClock()
        if settings.workers > 1:
            app = build_front(settings, clock)
        else:
            app = build_app(settings, clock, args.crew_fd)
        serve(settings, app, args.listen_fd)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
