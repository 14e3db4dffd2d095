"""The demo's folder: who may use it, how full it is, and where what lies in it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError

NEEDED_BYTES = 2 * 2**30
"""To begin: an hour of four stations takes about as much, at the stations and in the archive."""
_END_BELOW_BYTES = 2**30
_GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where everything of the demo lies."""

    root: Path

    @property
    def archive(self) -> Path:
        """The control API's data directory."""
        return self.root / "archive"

    @property
    def logs(self) -> Path:
        """A file for each part."""
        return self.root / "logs"

    @property
    def stations(self) -> Path:
        """A folder for each station."""
        return self.root / "stations"

    def log_of(self, part: str) -> Path:
        """The part's log."""
        return self.logs / f"{part}.log"


@contextmanager
def locked(root: Path) -> Iterator[tuple[Folder, int]]:
    """Have the folder for oneself; gives the lock's file descriptor, too.

    Whoever inherits the descriptor keeps the lock: the folder stays taken until the last part
    of a demo that was killed is gone.

    Raises:
        SettingsError: It cannot be written, or another demo uses it.
    """
    folder = Folder(root=root)
    try:
        for path in (folder.archive, folder.logs, folder.stations):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(root / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(f"--data {root} cannot be used: {error.strerror}") from error
    try:
        _lock(descriptor, root)
        yield folder, descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SettingsError(f"--data {root} is in use by another demo") from error
    except OSError as error:
        raise SettingsError(f"--data {root} cannot be locked: {error.strerror}") from error


def free_bytes(root: Path) -> int:
    """What is left on the folder's disk."""
    return shutil.disk_usage(root).free


def used_bytes(root: Path) -> int:
    """What the folder holds; files that vanish meanwhile do not matter."""
    total = 0
    for parent, _, names in os.walk(root):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 walks 100,000
            except OSError:
                continue
    return total


def refusal(root: Path, free: int, used: int, limit: int) -> str | None:
    """Why a demo cannot begin here, if so. Pure."""
    if used > limit:
        return (
            f"--data {root} holds {used / _GIB:.1f} GiB, more than {limit / _GIB:.3g} GiB: "
            "remove it, or give a larger --limit-gib"
        )
    if free < NEEDED_BYTES:
        return (
            f"the disk of --data {root} is full: {free / _GIB:.1f} GiB are free and "
            f"{NEEDED_BYTES / _GIB:g} GiB are needed"
        )
    return None


def exhaustion(free: int, used: int, limit: int) -> str | None:
    """Why a demo that runs must end, if so. Pure."""
    if used > limit:
        return f"the data has grown to its limit of {limit / _GIB:.3g} GiB (--limit-gib)"
    if free < _END_BELOW_BYTES:
        return f"less than {_END_BELOW_BYTES / _GIB:g} GiB are free on the disk"
    return None
