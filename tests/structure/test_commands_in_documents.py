"""Commands, settings and make targets that documents and the deployment name do exist."""

import re
import shlex
from collections.abc import Iterator

import pytest

from api.settings import ApiSettings
from cli.__main__ import make_parser
from streamer.settings import StreamerSettings
from tests.structure.committed import committed_files, name_of, text_of
from tests.structure.markdown import fenced_blocks
from tests.structure.sources import ROOT

_COMMAND = re.compile(r"(?:^|[\s=/])pollcam ((?:agent|api|archive|account|db|demo|streamer)\b.*)")
_SETTING = re.compile(r"\bPOLLCAM_(?:API|STREAMER)_[A-Z0-9_]*[A-Z0-9]\b(?!\*)")
_TARGET = re.compile(r"(?:^|`)make ([a-z][\w-]*)", re.MULTILINE)
_RETAIN = re.search(
    r"^POLLCAM_RETAIN=(.*)$",
    (ROOT / "deploy/server/retain.env.example").read_text("utf-8"),
    re.MULTILINE,
)[1]

_CAMERAS = "--cameras-from - --audio 1"
"""What the station's installer passes on."""


def commands() -> Iterator[tuple[str, str]]:
    """Where, and the arguments behind `pollcam`."""
    for path in committed_files(".md"):
        for language, block in fenced_blocks(text_of(path)):
            if language == "sh":
                yield from ((name_of(path), command) for command in _in_shell(block))
    for path in committed_files(".service", "install.sh"):
        runnable = [line for line in _lines(text_of(path)) if "/bin/pollcam" in line]
        yield from ((name_of(path), command) for command in _in_shell("\n".join(runnable)))


def _in_shell(text: str) -> Iterator[str]:
    for line in _lines(text):
        if match := _COMMAND.search(line):
            command = match[1].replace("$POLLCAM_RETAIN", _RETAIN).replace('"$@"', _CAMERAS)
            yield command.partition(";")[0]


def _lines(text: str) -> list[str]:
    return text.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize(("place", "command"), list(commands()))
def test_a_command_is_understood(place, command):
    make_parser().parse_args(shlex.split(command, comments=True))


def test_commands_are_found_in_documents_units_and_scripts():
    assert {"docs/guides/administrator.md", "deploy/server/systemd/pollcam-api.service"} <= {
        place for place, _ in commands()
    }


def test_a_wrong_command_is_found():
    with pytest.raises(SystemExit):
        make_parser().parse_args(["archive", "fsck", "--depe"])


def test_every_setting_that_is_named_exists():
    known = {f"POLLCAM_API_{name.upper()}" for name in ApiSettings.model_fields}
    known |= {f"POLLCAM_STREAMER_{name.upper()}" for name in StreamerSettings.model_fields}
    named = {
        (name_of(path), name)
        for path in committed_files(".md", ".env", ".sh", ".yml", ".service")
        for name in _SETTING.findall(text_of(path))
    }
    assert named
    assert [(place, name) for place, name in sorted(named) if name not in known] == []


def test_every_make_target_that_is_named_exists():
    targets = set(
        re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    named = {
        (name_of(path), target)
        for path in committed_files(".md")
        for target in _TARGET.findall(text_of(path))
    }
    assert [(place, target) for place, target in sorted(named) if target not in targets] == []
