"""Files that only their owner may read, whole or absent after a power cut."""

import contextlib
import os
from pathlib import Path

from core.errors import SettingsError
from recorder.disk.files import sync_directory, write_all

_MODE = 0o600


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that did not exist, mode 0600.

    Raises:
        SettingsError: There is one of that name, which was not touched; or it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        _write(partial, content)
        try:
            os.link(partial, path)  # link, unlike rename, refuses to overwrite
        finally:
            partial.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def check_private(path: Path) -> None:
    """Hold a file to being its owner's alone.

    Raises:
        SettingsError: Others can read or change it.
        OSError: It cannot be looked at.
    """
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by others; chmod it to 600")


def _write(path: Path, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        write_all(fd, content)
        os.fsync(fd)
    finally:
        os.close(fd)
