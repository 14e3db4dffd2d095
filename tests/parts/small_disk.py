"""Real disks that fill up or refuse: small file systems in memory, mounted for one test."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def _as_root(*command: str) -> None:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and shutil.which("sudo") is None:
        pytest.skip("mounting a small disk needs root, or sudo without a password")
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")


@contextlib.contextmanager
def small_disk(path: Path, size_mib: int) -> Iterator[Path]:
    """A file system of so many MiB at a folder that is made if need be."""
    path.mkdir(parents=True, exist_ok=True)
    owner = f"uid={os.geteuid()},gid={os.getegid()}"
    _as_root("mount", "-t", "tmpfs", "-o", f"size={size_mib}m,{owner}", "tmpfs", str(path))
    try:
        yield path
    finally:
        _as_root("umount", "--lazy", str(path))


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    """While it lasts a folder can only be read, as a disk that the kernel has given up on."""
    _as_root("mount", "--bind", str(path), str(path))
    _as_root("mount", "-o", "remount,bind,ro", str(path))
    try:
        yield
    finally:
        _as_root("umount", "--lazy", str(path))


def fill(path: Path) -> Path:
    """Take the last block of a disk; gives the file that holds it, to be deleted."""
    filler = path / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    return filler
