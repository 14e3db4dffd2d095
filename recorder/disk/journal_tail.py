"""Reads the end of a file of lines, of which a power cut may have torn the last."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

TAIL_BYTES = 64 * 1024
"""Some hundred entries."""


def tail_lines(path: Path) -> list[str]:
    """The last whole lines; the first of a longer file may be cut and is left out."""
    with path.open("rb") as file:
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(max(0, size_bytes - TAIL_BYTES))
        lines = file.read().decode("ascii", "replace").split("\n")
    return lines[0 if size_bytes <= TAIL_BYTES else 1 : -1]


def lines_backwards(path: Path) -> Iterator[str]:
    """All whole lines, the last first, without holding more than a piece of the file."""
    with path.open("rb") as file:
        rest, is_torn = b"", True
        for piece in _pieces_backwards(file):
            first, *lines = (piece + rest).split(b"\n")
            if lines and is_torn:
                lines.pop()
                is_torn = False
            yield from (line.decode("ascii", "replace") for line in reversed(lines))
            rest = first
        if not is_torn:
            yield rest.decode("ascii", "replace")


def cut_torn_line(path: Path) -> None:
    """Cut off, durably, what follows the last newline.

    A file that has none within reach was not left so by a power cut, and is not touched.
    """
    with path.open("rb+") as file:
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(max(0, size_bytes - TAIL_BYTES))
        tail = file.read()
        torn_bytes = len(tail) - (tail.rfind(b"\n") + 1)
        if 0 < torn_bytes < TAIL_BYTES:
            file.truncate(size_bytes - torn_bytes)
            os.fsync(file.fileno())


def _pieces_backwards(file: BinaryIO) -> Iterator[bytes]:
    at = file.seek(0, os.SEEK_END)
    while at > 0:
        behind, at = at, max(0, at - TAIL_BYTES)
        file.seek(at)
        yield file.read(behind - at)
