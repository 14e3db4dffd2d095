"""Objects as plain files below one directory."""

import errno
import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from core.errors import BadInputError
from storage.objects.checked import checked
from storage.objects.port import (
    CHUNK_BYTES,
    ListedObject,
    ObjectExistsError,
    ObjectMissingError,
    ObjectPromise,
    ObjectStat,
    PresignedPut,
    StoreFullError,
    StoreUnavailableError,
)
from storage.objects.reading import begun

_KEY = re.compile(r"(?!\.)[A-Za-z0-9._-]+(/(?!\.)[A-Za-z0-9._-]+)*")
_INCOMING = ".incoming"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskStore:
    """Each object is a file of its own bytes and a hidden sidecar `.<name>.meta` beside it.

    Invariants: a visible object is whole, durable and has a durable sidecar; a name is given
    exactly once. Several processes may share the directory.

    Args:
        root: An existing directory. It is not created, so that an unmounted disk is noticed.
        reserve_bytes: Free space that is never used up: the index may live on the same disk,
            and a database on a full disk is what gets damaged first.

    Raises:
        StoreUnavailableError: `root` is no directory that can be written.
    """

    def __init__(self, root: Path, *, reserve_bytes: int = 256 * 2**20) -> None:
        self._root = root
        self._reserve_bytes = reserve_bytes
        self._incoming = root / _INCOMING
        with _named_errors():
            self._incoming.mkdir(exist_ok=True)
            self._sweep()

    def put(self, key: str, chunks: Iterable[bytes], promise: ObjectPromise) -> None:
        """See `ObjectStore.put`."""
        final = self._path(key)
        with _named_errors():
            if final.exists():
                raise ObjectExistsError(key)
            self._check_room(promise.size_bytes)
            with self._temporary() as temporary:
                _write_durably(temporary, checked(key, chunks, promise))
                note = {"sha256": promise.sha256, "metadata": dict(promise.metadata)}
                self._give_name(key, temporary, json.dumps(note).encode())

    def get(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.get`."""
        path = self._path(key)
        with _named_errors(missing_key=key):
            return begun(_read(path, start, length))

    def stat(self, key: str) -> ObjectStat:
        """See `ObjectStore.stat`."""
        path = self._path(key)
        with _named_errors(missing_key=key):
            size_bytes = path.stat().st_size
        with _named_errors():
            sha256, metadata = _read_sidecar(path)
        return ObjectStat(key=key, size_bytes=size_bytes, metadata=metadata, sha256=sha256)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """See `ObjectStore.list`."""
        with _named_errors():
            for path in _walk(self._root, self._root, prefix):
                with suppress(FileNotFoundError):  # deleted while we walk
                    key = path.relative_to(self._root).as_posix()
                    yield ListedObject(key=key, size_bytes=path.stat().st_size)

    def move(self, key: str, to: str) -> None:
        """See `ObjectStore.move`."""
        path = self._path(key)
        self._path(to)
        with _named_errors(missing_key=key):
            sidecar = _sidecar(path)
            note = sidecar.read_bytes() if sidecar.exists() else b"{}"
            self._give_name(to, path, note)
        self.delete(key)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        path = self._path(key)
        with _named_errors():
            path.unlink(missing_ok=True)
            _sidecar(path).unlink(missing_ok=True)
            if path.parent.exists():
                _sync_directory(path.parent)

    def presign_put(
        self,
        key: str,  # noqa: ARG002 the protocol's
        promise: ObjectPromise,  # noqa: ARG002 the protocol's
        lifetime: timedelta,  # noqa: ARG002 the protocol's
    ) -> PresignedPut | None:
        """A disk has no address of its own: the API carries the bytes."""
        return None

    def close(self) -> None:
        """Nothing stays open between two calls."""

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise BadInputError(f"{key!r} is not an object key")
        return self._root / key

    def _give_name(self, key: str, source: Path, note: bytes) -> None:
        final = self._path(key)
        _make_directories(final.parent, self._root)
        # Two writers of one key: the lock keeps the loser's sidecar from replacing the
        # winner's. A sidecar without its object is what a crash left, and may be replaced.
        with _locked(final.parent), self._temporary() as temporary:
            if final.exists():
                raise ObjectExistsError(key)
            _write_durably(temporary, [note])
            temporary.replace(_sidecar(final))
            _sync_directory(final.parent)
            os.link(source, final)  # unlike rename, refuses to overwrite
            _sync_directory(final.parent)

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        path = self._incoming / str(uuid4())
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield path
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def _sweep(self) -> None:
        # What a killed process left. Living writers hold a lock on their file.
        for path in self._incoming.iterdir():
            with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)

    def _check_room(self, size_bytes: int) -> None:
        facts = os.statvfs(self._root)
        if facts.f_bavail * facts.f_frsize - size_bytes < self._reserve_bytes:
            raise StoreFullError("the archive's disk is full")


@contextmanager
def _named_errors(missing_key: str | None = None) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if missing_key is not None:
            raise ObjectMissingError(missing_key) from error
        raise StoreUnavailableError(f"the archive's disk: {error}") from error
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFullError("the archive's disk is full") from error
        raise StoreUnavailableError(f"the archive's disk: {error}") from error


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sidecar(path: Path) -> Path:
    return path.with_name(f".{path.name}.meta")


def _read_sidecar(path: Path) -> tuple[str | None, Mapping[str, str]]:
    """What was kept of an object; nothing where there is no sidecar, or one of another form."""
    try:
        note = json.loads(_sidecar(path).read_bytes())
        return note["sha256"], dict(note["metadata"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None, {}


def _write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_directories(directory: Path, root: Path) -> None:
    if directory == root or directory.is_dir():
        return
    _make_directories(directory.parent, root)
    directory.mkdir(exist_ok=True)
    _sync_directory(directory.parent)


def _walk(directory: Path, root: Path, prefix: str) -> Iterator[Path]:
    # A folder sorts as if its name ended in "/", which is the order S3 lists keys in.
    with os.scandir(directory) as scan:
        found = [(e.name + "/" * e.is_dir(), e.is_dir()) for e in scan if e.name[0] != "."]
    for name, is_directory in sorted(found):
        path = directory / name
        key = path.relative_to(root).as_posix() + "/" * is_directory
        if is_directory and (key.startswith(prefix) or prefix.startswith(key)):
            yield from _walk(path, root, prefix)
        elif not is_directory and key.startswith(prefix):
            yield path


def _read(path: Path, start: int, length: int | None) -> Iterator[bytes]:
    with path.open("rb") as file, _named_errors():
        file.seek(start)
        yield b""
        remaining = length
        while remaining is None or remaining > 0:
            size = CHUNK_BYTES if remaining is None else min(CHUNK_BYTES, remaining)
            chunk = file.read(size)
            if not chunk:
                return
            remaining = None if remaining is None else remaining - len(chunk)
            yield chunk
