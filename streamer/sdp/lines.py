"""The lines of a session description, by section."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streamer.errors import MalformedSdpError

MAX_BYTES = 64 * 1024
"""Chromium's longest offers are near 10 kB."""
_MAX_SECTIONS = 16
_LINE = re.compile(r"([a-z])=([^\r\n\0]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The session's part, or one `m=` section with its own lines."""

    head: str
    """Value of the `m=` line; empty for the session."""
    attributes: tuple[tuple[str, str], ...]
    """Name and value of each `a=` line, in order; a flag has an empty value."""

    def every(self, name: str) -> Iterator[str]:
        """The values of all attributes of that name."""
        return (value for key, value in self.attributes if key == name)

    def first(self, name: str) -> str | None:
        """The value of the first attribute of that name."""
        return next(self.every(name), None)

    def has(self, name: str) -> bool:
        """Whether an attribute of that name is there."""
        return self.first(name) is not None


def read_sections(text: str, *, is_fragment: bool = False) -> tuple[Section, ...]:
    """Split a description into the session and its media.

    Args:
        text: With CRLF or LF.
        is_fragment: An ICE fragment (RFC 8840), which may begin with any line.

    Raises:
        MalformedSdpError: A line is not `x=value`, or it does not start as SDP does.
    """
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if not is_fragment and (not lines or lines[0] != "v=0"):
        raise MalformedSdpError("a session description begins with v=0")
    grouped: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    for line in lines:
        kind, value = _split(line)
        if kind == "m":
            grouped.append((value, []))
        elif kind == "a":
            name, _, content = value.partition(":")
            grouped[-1][1].append((name, content.strip()))
    if len(grouped) > _MAX_SECTIONS:
        raise MalformedSdpError("too many m= sections")
    return tuple(Section(head=head, attributes=tuple(found)) for head, found in grouped)


def _split(line: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise MalformedSdpError("a line of the session description is not x=value")
    return match[1], match[2]


def parameters(text: str) -> Mapping[str, str]:
    """The parameters of a format: `a=1;b` as a mapping, keys in lower case."""
    pairs = (part.strip().partition("=") for part in text.split(";") if part.strip())
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def number(text: str, low: int, high: int, what: str) -> int:
    """Read a number within bounds.

    Raises:
        MalformedSdpError: It is none, or out of them.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise MalformedSdpError(f"{what} is not a number")
    value = int(text)
    if not low <= value <= high:
        raise MalformedSdpError(f"{what} is out of range")
    return value
