"""Finds the whole fragments of a segment file, of which a power cut may have left a part."""

import os
from pathlib import Path

from recorder.errors import BoxError
from recorder.media.boxes import Fragment, read_fragment


def cut_to_whole_fragments(path: Path) -> int:
    """Cut off what follows the last whole fragment, durably; gives the bytes that stay.

    Raises:
        OSError: The disk does not take it.
    """
    with path.open("rb+") as file:
        data = file.read()
        whole_bytes = sum(len(fragment.data) for fragment in read_fragments(data))
        if whole_bytes < len(data):
            file.truncate(whole_bytes)
        os.fsync(file.fileno())
    return whole_bytes


def read_fragments(data: bytes) -> list[Fragment]:
    """The whole fragments a file begins with; stops at the first byte that is none of theirs."""
    found: list[Fragment] = []
    start = at = 0
    while (at := _end_of_fragment(data, at) or 0) > start:
        try:
            fragment = read_fragment(data[start:at])
        except BoxError:
            break
        if fragment is not None:
            found.append(fragment)
            start = at
    return found


def _end_of_fragment(data: bytes, at: int) -> int | None:
    for wanted in (b"moof", b"mdat"):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind != wanted or size < 8 or at + size > len(data):
            return None
        at += size
    return at
