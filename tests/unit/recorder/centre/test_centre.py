"""What Centre makes of answers. That it is understood by the real API: tests/integration."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.wire.upload import Grant, GrantState, ObjectKind, WantedObject
from recorder.centre.centre import (
    Centre,
    CentreError,
    CentreGarbledError,
    CentreRefusedError,
    CentreUnreachableError,
)
from tests.fakes.clock import FakeClock

DEVICE, OBJECT = UUID(int=1), UUID(int=2)
SECRET_URL = "/api/v1/agent/objects/eyJhbGciOi.secret"
WANTED = WantedObject(
    kind=ObjectKind.INIT, camera_id=DEVICE, object_id=OBJECT, sha256="0" * 64, size_bytes=3
)


def centre_that(answer: Callable[[httpx.Request], httpx.Response]) -> Centre:
    return Centre(
        server="https://pollcam.example/",
        device_id=DEVICE,
        key=Ed25519PrivateKey.generate(),
        clock=FakeClock(),
        client=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
    )


def answering(status: int, **answer: object) -> Centre:
    return centre_that(lambda request: httpx.Response(status, **answer))


def failing(error: Exception) -> Centre:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    return centre_that(fail)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("no route"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("odd"),
        OSError("odd"),
    ],
)
async def test_no_answer_is_unreachable(error):
    with pytest.raises(CentreUnreachableError, match="does not answer"):
        await failing(error).entries(())


async def test_a_refusal_tells_status_sentence_and_when_to_come_back():
    problem = {"detail": "there is no room", "kind": "exhausted"}
    centre = answering(429, json=problem, headers={"retry-after": "7"})
    with pytest.raises(CentreRefusedError, match="429: there is no room") as refused:
        await centre.entries(())
    assert (refused.value.status, refused.value.retry_after_s) == (429, 7.0)
    assert not refused.value.is_about_us


@pytest.mark.parametrize(
    ("value", "seconds"), [("86400", 300.0), ("Wed, 25 Nov 2026 08:00:00 GMT", 0.0), ("", 0.0)]
)
async def test_nobody_silences_a_station_for_long(value, seconds):
    with pytest.raises(CentreRefusedError) as refused:
        await answering(503, headers={"retry-after": value}).entries(())
    assert refused.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("status", "is_about_us"), [(400, True), (403, True), (408, False), (422, True), (503, False)]
)
async def test_a_refusal_knows_whose_fault_it_is(status, is_about_us):
    with pytest.raises(CentreRefusedError) as refused:
        await answering(status).entries(())
    assert refused.value.is_about_us is is_about_us


@pytest.mark.parametrize("content", [b"<html>Welcome to our Wi-Fi</html>", b"{}", b""])
async def test_an_answer_of_somebody_else_is_garbled(content):
    with pytest.raises(CentreGarbledError):
        await answering(200, content=content).entries(())


async def test_a_redirect_is_not_followed():
    with pytest.raises(CentreRefusedError, match="302"):
        await answering(302, headers={"location": "https://elsewhere.example/"}).entries(())


async def test_grants_for_other_objects_are_garbled():
    other = Grant(object_id=DEVICE, state=GrantState.STORED).model_dump(mode="json")
    with pytest.raises(CentreGarbledError, match="other objects"):
        await answering(200, json={"grants": [other]}).grants([WANTED])


async def test_confirmations_for_fewer_objects_are_garbled():
    with pytest.raises(CentreGarbledError, match="other objects"):
        await answering(200, json={"confirmations": []}).confirm([OBJECT])


async def pieces(*parts: bytes):
    for part in parts:
        yield part


@pytest.mark.parametrize(
    ("url", "goes_to"),
    [
        (SECRET_URL, f"https://pollcam.example{SECRET_URL}"),
        ("https://s3.example/b/k?X-Amz-Signature=1", "https://s3.example/b/k?X-Amz-Signature=1"),
    ],
)
async def test_bytes_go_where_they_were_granted_with_exactly_the_headers(url, goes_to):
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    grant = Grant(
        object_id=OBJECT, state=GrantState.UPLOAD, url=url, headers={"if-none-match": "*"}
    )
    await centre_that(take).put(grant, pieces(b"a", b"bc"), 3)
    (request,) = seen
    assert str(request.url) == goes_to
    assert (request.headers["content-length"], request.headers["if-none-match"]) == ("3", "*")
    assert "authorization" not in request.headers
    assert "transfer-encoding" not in request.headers


@pytest.mark.parametrize("error", [httpx.ConnectError(SECRET_URL), httpx.InvalidURL(SECRET_URL)])
async def test_a_failure_does_not_show_the_grant(error):
    grant = Grant(object_id=OBJECT, state=GrantState.UPLOAD, url=SECRET_URL)
    with pytest.raises(CentreError) as failed:
        await failing(error).put(grant, pieces(b"abc"), 3)
    assert "secret" not in str(failed.value)


async def test_an_error_of_the_disk_while_sending_is_not_the_centres():
    from recorder.errors import DiskFailedError

    async def broken():
        yield b"a"
        raise DiskFailedError("the recording disk: Input/output error")

    async def read(request: httpx.Request) -> httpx.Response:
        await request.aread()
        return httpx.Response(204)

    grant = Grant(object_id=OBJECT, state=GrantState.UPLOAD, url=SECRET_URL)
    with pytest.raises(DiskFailedError):
        await centre_that(read).put(grant, broken(), 3)
