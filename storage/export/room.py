"""Room for packages: exports must not fill the disk on which index and objects may live."""

import errno
import os
from math import ceil
from pathlib import Path

from core.errors import ExhaustedError

RESERVE_BYTES = 256 * 2**20
"""Stays free, as on the archive's own disk. A package's index, lines and manifest, some 30 MB
for a day of one camera, are not counted beforehand: they fit into this."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MB = 10**6
NO_ROOM = "there is no room for this export"
"""Begins what is said of an export that did not fit."""


class NoRoomError(ExhaustedError):
    """The disk for packages has no room for this one."""

    def __init__(self, needed_bytes: int, usable_bytes: int) -> None:
        needed, usable = ceil(needed_bytes / _MB), max(0, usable_bytes) // _MB
        super().__init__(
            f"{NO_ROOM}: {needed} MB are needed and {usable} MB can be used;"
            " take a shorter range, or ask the administrator to make room"
        )


def check_room(folder: Path, needed_bytes: int, reserve_bytes: int) -> None:
    """Make sure that so much can be written and the reserve is still free.

    Raises:
        NoRoomError: It cannot.
    """
    facts = os.statvfs(folder)
    usable_bytes = facts.f_bavail * facts.f_frsize - reserve_bytes
    if usable_bytes < needed_bytes:
        raise NoRoomError(needed_bytes, usable_bytes)


def is_full(error: OSError) -> bool:
    """Whether the disk, or the account's share of it, is used up."""
    return error.errno in _FULL
