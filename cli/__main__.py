"""The `pollcam` command. Its subcommands are the files beside this one."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from cli import account, agent, api, archive, db, streamer
from cli.demo import command as demo
from core.errors import PollcamError

_ADD_PARSER: tuple[Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None], ...] = (
    api.add_parser,
    streamer.add_parser,
    archive.add_parser,
    db.add_parser,
    account.add_parser,
    agent.add_parser,
    demo.add_parser,
)

_OWN = ("core", "evidence", "recorder", "streamer", "storage", "api", "cli")
_INCOMPLETE = (
    "pollcam: {command} needs {module}, which is not installed here; "
    "this installation may be a station's: see the administrator's guide"
)


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="pollcam",
        description="Records, watches and proves what happens in polling stations.",
        epilog="Each command explains itself: pollcam COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=f"pollcam {version('pollcam')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_parser in _ADD_PARSER:
        add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0: done. 1: found something wrong. 2: called or configured wrongly.
    """
    args = make_parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except PollcamError as error:
        print(f"pollcam: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OWN:
            raise
        print(_INCOMPLETE.format(command=args.command, module=error.name), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
