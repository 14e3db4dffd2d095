"""Objects in a bucket of any S3 server."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.error import MinioException, S3Error

from core.clock import Clock
from core.errors import SettingsError
from storage.objects.checked import checked
from storage.objects.port import (
    CHUNK_BYTES,
    ListedObject,
    ObjectDamagedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectPromise,
    ObjectStat,
    PresignedPut,
    StoreFullError,
    StoreUnavailableError,
)
from storage.objects.presign import S3Credentials, presigned_put
from storage.objects.reading import begun

_RETRIES = urllib3.Retry(
    total=2, redirect=0, backoff_factor=0.2, allowed_methods={"GET", "HEAD"}, raise_on_status=False
)
"""Reading may be repeated at once; writing is repeated by whoever has the bytes."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_META = "x-amz-meta-"
_DIGEST = "pollcam-sha256"
_ABSENT_CODES = ("NoSuchKey", "NoSuchObject")
_DAMAGED_CODES = ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "IncompleteBody")
_FULL_CODES = ("XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Address:
    """Where the bucket is and who we are there."""

    endpoint: str
    """`https://host[:port]`, as this process reaches it."""
    bucket: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"
    public_endpoint: str = ""
    """As stations reach it, where that differs."""

    def __repr__(self) -> str:
        return f"S3Address(endpoint={self.endpoint!r}, bucket={self.bucket!r})"


class S3Store:
    """Each object is an S3 object of the same key, written only where none is.

    Nothing here depends on one server's product: create-if-absent is `If-None-Match: *`, the
    digest travels both as S3's checksum header and as metadata, and whoever needs certainty
    re-reads the bytes.

    Args:
        address: Server, bucket and credentials.
        clock: Dates the signatures.

    Raises:
        SettingsError: The endpoint is no http(s) address, or the bucket's name not one of S3's.
    """

    def __init__(self, address: S3Address, clock: Clock) -> None:
        if not _BUCKET.fullmatch(address.bucket):
            raise SettingsError(f"{address.bucket!r} is not a bucket name")
        self._bucket = address.bucket
        self._clock = clock
        self._endpoint = _origin(address.endpoint)
        self._public_endpoint = _origin(address.public_endpoint or address.endpoint)
        self._credentials = S3Credentials(
            access_key=address.access_key, secret_key=address.secret_key, region=address.region
        )
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5, read=30), retries=_RETRIES, maxsize=16
        )
        self._client = _client(address, self._http)

    def create_bucket(self) -> None:
        """Make the bucket if it is not there yet."""
        with _named_errors():
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket)

    def put(self, key: str, chunks: Iterable[bytes], promise: ObjectPromise) -> None:
        """See `ObjectStore.put`."""
        if self._exists(key):  # spares the transfer; the condition on the PUT is what decides
            raise ObjectExistsError(key)
        grant = self._presign(self._endpoint, key, promise, timedelta(minutes=15))
        with _named_errors():
            answer = self._http.request(
                "PUT",
                grant.url,
                body=checked(key, chunks, promise),
                headers={**grant.headers, "content-length": str(promise.size_bytes)},
                retries=False,  # the bytes have been read
            )
        _check_put(key, answer)

    def get(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.get`."""
        if length == 0:
            return iter(())
        with _named_errors(missing_key=key):
            try:
                answer = self._client.get_object(
                    self._bucket, key, offset=start, length=length or 0
                )
            except S3Error as error:
                if error.code == "InvalidRange":  # behind the end there is nothing, as on disk
                    return iter(())
                raise
        return begun(_read(answer))

    def stat(self, key: str) -> ObjectStat:
        """See `ObjectStore.stat`."""
        with _named_errors(missing_key=key):
            facts = self._client.stat_object(self._bucket, key)
        headers = {name.lower(): value for name, value in (facts.metadata or {}).items()}
        metadata = {
            name.removeprefix(_META): str(value)
            for name, value in headers.items()
            if name.startswith(_META)
        }
        sha256 = metadata.pop(_DIGEST, None)
        return ObjectStat(key=key, size_bytes=facts.size or 0, metadata=metadata, sha256=sha256)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """See `ObjectStore.list`."""
        with _named_errors():
            for item in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                yield ListedObject(key=item.object_name or "", size_bytes=item.size or 0)

    def move(self, key: str, to: str) -> None:
        """See `ObjectStore.move`."""
        if self._exists(to):
            raise ObjectExistsError(to)
        with _named_errors(missing_key=key):
            self._client.copy_object(self._bucket, to, CopySource(self._bucket, key))
        self.delete(key)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        with _named_errors():
            self._client.remove_object(self._bucket, key)

    def presign_put(self, key: str, promise: ObjectPromise, lifetime: timedelta) -> PresignedPut:
        """See `ObjectStore.presign_put`."""
        return self._presign(self._public_endpoint, key, promise, lifetime)

    def close(self) -> None:
        """See `ObjectStore.close`."""
        self._http.clear()

    def _exists(self, key: str) -> bool:
        try:
            self.stat(key)
        except ObjectMissingError:
            return False
        return True

    def _presign(
        self, endpoint: str, key: str, promise: ObjectPromise, lifetime: timedelta
    ) -> PresignedPut:
        now_utc = self._clock.utc()
        headers = _headers(promise)
        url = presigned_put(
            f"{endpoint}/{self._bucket}/{key}", headers, self._credentials, now_utc, lifetime
        )
        return PresignedPut(url=url, headers=headers, expires_utc=now_utc + lifetime)


def _client(address: S3Address, http: urllib3.PoolManager) -> Minio:
    url = urlsplit(address.endpoint)
    return Minio(
        url.netloc,
        access_key=address.access_key,
        secret_key=address.secret_key,
        secure=url.scheme == "https",
        region=address.region,
        http_client=http,
    )


def _origin(endpoint: str) -> str:
    url = urlsplit(endpoint)
    if url.scheme not in ("http", "https") or not url.netloc or url.path.strip("/"):
        raise SettingsError(f"{endpoint!r} is not an address like https://objects.example")
    return f"{url.scheme}://{url.netloc}"


def _headers(promise: ObjectPromise) -> dict[str, str]:
    # content-length is not among them: clients set it themselves, and a wrong length cannot
    # carry the right checksum.
    return {
        "if-none-match": "*",
        "x-amz-checksum-sha256": b64encode(bytes.fromhex(promise.sha256)).decode(),
        f"{_META}{_DIGEST}": promise.sha256,
        **{f"{_META}{name}": value for name, value in promise.metadata.items()},
    }


def _check_put(key: str, answer: urllib3.BaseHTTPResponse) -> None:
    if answer.status in (200, 201, 204):
        return
    if answer.status == 412:  # the condition failed: somebody else was first
        raise ObjectExistsError(key)
    text = answer.data.decode(errors="replace")
    if any(f"<Code>{code}</Code>" in text for code in _DAMAGED_CODES):
        raise ObjectDamagedError(key, "the store received other bytes than announced")
    if answer.status == 507 or any(f"<Code>{code}</Code>" in text for code in _FULL_CODES):
        raise StoreFullError("the archive's object store is full")
    raise StoreUnavailableError(f"the object store answered {answer.status} to a PUT")


@contextmanager
def _named_errors(missing_key: str | None = None) -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if missing_key is not None and error.code in _ABSENT_CODES:
            raise ObjectMissingError(missing_key) from error
        raise StoreUnavailableError(f"the object store answered {error.code}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreUnavailableError(
            f"the object store does not answer: {type(error).__name__}"
        ) from error


def _read(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    release: Callable[[], None] = answer.release_conn
    with _named_errors():
        try:
            yield b""
            yield from answer.stream(CHUNK_BYTES)
        except GeneratorExit:
            answer.close()  # an unread rest must not be taken for the next answer
            raise
        finally:
            release()
