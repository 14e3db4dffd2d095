"""Holds a stream of bytes to what was promised of it."""

import hashlib
from collections.abc import Iterable, Iterator

from storage.objects.port import ObjectDamagedError, ObjectPromise


def checked(key: str, chunks: Iterable[bytes], promise: ObjectPromise) -> Iterator[bytes]:
    """The same bytes; the last chunk comes only if all of them are as promised.

    A receiver that was told the length beforehand, as an S3 server is, therefore never gets
    a whole object that is wrong.

    Raises:
        ObjectDamagedError: While iterating; too long, too short, or other bytes.
    """
    digest = hashlib.sha256()
    size_bytes = 0
    held = b""
    for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > promise.size_bytes:
            raise ObjectDamagedError(key, f"more than the announced {promise.size_bytes} bytes")
        digest.update(chunk)
        if held:
            yield held
        held = bytes(chunk)
    if size_bytes != promise.size_bytes:
        raise ObjectDamagedError(key, f"{size_bytes} bytes, announced {promise.size_bytes}")
    if digest.hexdigest() != promise.sha256:
        raise ObjectDamagedError(key, "its SHA-256 is not the announced one")
    yield held


def digest_of(chunks: Iterable[bytes]) -> tuple[int, str]:
    """Size and hex SHA-256 of a stream, read to its end."""
    digest = hashlib.sha256()
    size_bytes = 0
    for chunk in chunks:
        digest.update(chunk)
        size_bytes += len(chunk)
    return size_bytes, digest.hexdigest()
