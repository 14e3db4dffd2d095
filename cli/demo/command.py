"""The command line of `pollcam demo`."""

import argparse
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo",
        help="run a polling day on this machine: API, streamer, archive and stations",
        description="Runs control API, streamer, archive and simulated stations with two cameras "
        "each, half of them online, until Ctrl-C. Accounts get new passwords with every run; "
        "stations and footage stay in DIR. It ends by itself when DIR holds more than its limit "
        "or its disk is nearly full.",
    )
    _add_day(parser)
    _add_place(parser)
    parser.set_defaults(run=run)


def _add_day(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stations", type=int, default=4, metavar="N", help="simulated ones (default %(default)s)"
    )
    parser.add_argument(
        "--camera",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="rtsp://…, /dev/video0 or a file: adds a station with this camera; repeatable; not"
        " for one with a password: whoever lists this machine's processes sees it",
    )
    parser.add_argument(
        "--cameras-from",
        metavar="FILE",
        help="adds a station for each line of a list of cameras, written as for `pollcam agent"
        " enroll`; '-' reads it from standard input. A file with passwords is for its owner alone:"
        " chmod 600",
    )


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("demo-data"),
        metavar="DIR",
        help="where everything lies, kept between runs (default ./%(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=8080, help="of the pages (default %(default)s; 0: a free one)"
    )
    parser.add_argument(
        "--limit-gib",
        type=float,
        default=20.0,
        metavar="GIB",
        help="end when DIR holds more (default %(default)s: some nine hours of four stations)",
    )
    parser.add_argument(
        "--json", action="store_true", help="say what is needed as one JSON object when ready"
    )


def run(args: argparse.Namespace) -> int:
    """Run the day until it is ended."""
    from cli.demo.options import options_of
    from cli.demo.starting import start

    return start(options_of(args))
