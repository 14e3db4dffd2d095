import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
import urllib3

from core.clock import SystemClock
from core.errors import SettingsError
from storage.objects.keys import line_metadata
from storage.objects.port import ObjectPromise, StoreUnavailableError
from storage.objects.s3 import S3Address, S3Store
from tests.integration.storage.conftest import s3_address

KEY = "v1/camera/2026-11-24/080000.000000Z-one.m4s"


@pytest.fixture
def s3(minio_server):
    store = S3Store(s3_address(minio_server, f"test-{uuid4()}"), SystemClock())
    store.create_bucket()
    yield store
    store.close()


def promise(content: bytes) -> ObjectPromise:
    return ObjectPromise(
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        metadata=line_metadata("a line"),
    )


def test_a_presigned_put_takes_exactly_the_promised_object(s3):
    content = b"the promised bytes"
    grant = s3.presign_put(KEY, promise(content), timedelta(minutes=5))

    with urllib3.PoolManager(retries=False) as http:
        statuses = {
            "other bytes": http.request(
                "PUT", grant.url, body=b"x" * len(content), headers=grant.headers
            ).status,
            "other metadata": http.request(
                "PUT",
                grant.url,
                body=content,
                headers={**grant.headers, "x-amz-meta-pollcam-entry": "Zm9yZ2Vk"},
            ).status,
            "no condition": http.request(
                "PUT",
                grant.url,
                body=content,
                headers={k: v for k, v in grant.headers.items() if k != "if-none-match"},
            ).status,
            "another object": http.request(
                "PUT", grant.url.replace("-one", "-two"), body=content, headers=grant.headers
            ).status,
        }
        assert set(statuses.values()) <= {400, 403}, statuses
        assert list(s3.list("")) == []

        assert http.request("PUT", grant.url, body=content, headers=grant.headers).status == 200
        assert http.request("PUT", grant.url, body=content, headers=grant.headers).status == 412
    assert b"".join(s3.get(KEY)) == content
    assert s3.stat(KEY).sha256 == hashlib.sha256(content).hexdigest()


def test_a_presigned_put_ends_with_its_lifetime(minio_server):
    class YesterdaysClock(SystemClock):
        def utc(self):
            return super().utc() - timedelta(days=1)

    store = S3Store(s3_address(minio_server, f"test-{uuid4()}"), YesterdaysClock())
    grant = store.presign_put(KEY, promise(b"late"), timedelta(minutes=15))
    with urllib3.PoolManager(retries=False) as http:
        answer = http.request("PUT", grant.url, body=b"late", headers=grant.headers)
    store.close()
    assert answer.status == 403


def test_grants_name_the_address_stations_reach(minio_server):
    inside = s3_address(minio_server, "footage")
    address = S3Address(
        endpoint=inside.endpoint,
        bucket="footage",
        access_key=inside.access_key,
        secret_key=inside.secret_key,
        public_endpoint="https://objects.example",
    )
    store = S3Store(address, SystemClock())
    grant = store.presign_put(KEY, promise(b"x"), timedelta(minutes=15))
    store.close()
    assert grant.url.startswith("https://objects.example/footage/v1/camera/")
    assert inside.secret_key not in grant.url + repr(address)


def test_a_server_that_does_not_answer_is_named_so():
    address = S3Address(
        endpoint="http://127.0.0.1:9", bucket="footage", access_key="a", secret_key="s"
    )
    store = S3Store(address, SystemClock())
    for call in (
        lambda: store.stat(KEY),
        lambda: list(store.list("")),
        lambda: store.get(KEY),
        lambda: store.put(KEY, [b"x"], promise(b"x")),
        lambda: store.delete(KEY),
    ):
        with pytest.raises(StoreUnavailableError):
            call()
    store.close()


def test_a_bucket_that_is_not_there_is_named_so(minio_server):
    store = S3Store(s3_address(minio_server, "absent-bucket"), SystemClock())
    with pytest.raises(StoreUnavailableError):
        list(store.list(""))
    store.close()


@pytest.mark.parametrize("endpoint", ["objects.example", "ftp://objects.example", "https://a/b"])
def test_an_endpoint_must_be_an_origin(endpoint):
    address = S3Address(endpoint=endpoint, bucket="footage", access_key="a", secret_key="s")
    with pytest.raises(SettingsError):
        S3Store(address, SystemClock())


def test_a_bucket_must_have_a_name_of_s3():
    address = S3Address(endpoint="http://127.0.0.1", bucket="B", access_key="a", secret_key="s")
    with pytest.raises(SettingsError):
        S3Store(address, SystemClock())
