"""What the archive asks of the place where bytes are kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from core.errors import ConflictError, DamagedError, ExhaustedError, NotFoundError, UnavailableError

CHUNK_BYTES = 256 * 1024
"""How much of an object is in memory at once, in every adapter."""


class ObjectMissingError(NotFoundError):
    """There is no object under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no object {key}")
        self.key = key


class ObjectExistsError(ConflictError):
    """An object stands under this key already; it was left as it is."""

    def __init__(self, key: str) -> None:
        super().__init__(f"object {key} exists already")
        self.key = key


class ObjectDamagedError(DamagedError):
    """The bytes are not those that were promised. On `put`, nothing became visible."""

    def __init__(self, key: str, finding: str) -> None:
        super().__init__(f"object {key}: {finding}")
        self.key = key


class StoreUnavailableError(UnavailableError):
    """The store does not answer, or refuses for a reason that may pass."""


class StoreFullError(ExhaustedError):
    """The store has no room left; what it holds is safe."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after_s=30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPromise:
    """What the bytes of an object must turn out to be."""

    size_bytes: int
    sha256: str
    """Hex, 64 characters."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names, ASCII values, together below 2 kB (the limit of S3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStat:
    """What the store says of an object without reading it."""

    key: str
    size_bytes: int
    metadata: Mapping[str, str]
    sha256: str | None
    """As promised when it was written, where the store kept it. Not re-computed: only
    reading the bytes proves them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedObject:
    """One line of a listing."""

    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignedPut:
    """The right to put one object past the API, with exactly these headers."""

    url: str
    headers: Mapping[str, str]
    expires_utc: datetime


class ObjectStore(Protocol):
    """Immutable objects under keys. Safe to use from several threads.

    Every method may raise `StoreUnavailableError`. Keys are relative paths of printable ASCII,
    parts joined by `/`, none of them empty, `.` or `..`.
    """

    def put(self, key: str, chunks: Iterable[bytes], promise: ObjectPromise) -> None:
        """Write an object once. On return it is durable; on error nothing became visible.

        Raises:
            ObjectExistsError: The key is taken, by whatever bytes.
            ObjectDamagedError: Size or digest are not as promised.
            StoreFullError: No room.
        """
        ...

    def get(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start`, `length` of them or up to the end, in chunks.

        The object is opened by the call, not by the first chunk. Close the iterator when
        leaving it early.

        Raises:
            ObjectMissingError: No such object.
        """
        ...

    def stat(self, key: str) -> ObjectStat:
        """Size and metadata.

        Raises:
            ObjectMissingError: No such object.
        """
        ...

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """All objects whose keys begin with `prefix`, in the order of their keys."""
        ...

    def move(self, key: str, to: str) -> None:
        """Give an object another name, with its metadata; a crash in between leaves both.

        Raises:
            ObjectMissingError: No such object.
            ObjectExistsError: `to` is taken.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""
        ...

    def presign_put(
        self, key: str, promise: ObjectPromise, lifetime: timedelta
    ) -> PresignedPut | None:
        """The right to put this object from outside, or None: the API has to carry it."""
        ...

    def close(self) -> None:
        """Give back connections that nobody uses; calls after it open new ones."""
        ...
