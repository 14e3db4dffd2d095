"""Every `--help` of the `pollcam` command, for docs/ref/cli.md."""

import argparse
import os
from collections.abc import Iterator
from unittest.mock import patch

from cli.__main__ import make_parser


def commands_text() -> str:
    """One section per command, as a terminal of 100 columns shows it."""
    # argparse asks the environment how wide the terminal is and whether it knows colours.
    with patch.dict(os.environ, {"COLUMNS": "100", "NO_COLOR": "1"}):
        parts = [
            f"## `{parser.prog}`\n\n```text\n{parser.format_help().rstrip()}\n```"
            for parser in parsers(make_parser())
        ]
    return "\n\n".join(parts)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and all below it, parents first."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in dict.fromkeys(action.choices.values()):
                yield from parsers(child)
