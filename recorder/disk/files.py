"""Durable changes to the recording disk, each complete or absent after a power cut."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from recorder.errors import DiskError


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Name the operating system's refusals.

    Raises:
        DiskError: In place of OSError.
    """
    try:
        yield
    except OSError as error:
        raise DiskError.of(error) from error


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directory(path: Path) -> None:
    """Make a directory and its parents, durably."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for directory in reversed(missing):
        directory.mkdir(exist_ok=True)
        sync_directory(directory.parent)


def write_all(fd: int, data: bytes) -> None:
    """Write all of it; the operating system may take less at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_new(path: Path, data: bytes) -> None:
    """Write a file that did not exist, durably, whole or not at all.

    Raises:
        FileExistsError: There is one of that name; it was not touched.
    """
    partial = path.with_name(path.name + ".new")
    try:
        _write_durably(partial, data)
        os.link(partial, path)  # link, unlike rename, refuses to overwrite
    finally:
        partial.unlink(missing_ok=True)
    sync_directory(path.parent)


def _write_durably(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
