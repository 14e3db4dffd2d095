from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.streamer_watch import StreamerAddress, StreamerWatch
from core.live_token import LiveAction, check_live_token
from core.wire.live import PublicationReport, StreamerReport
from tests.fakes.clock import FakeClock

CAMERA = uuid4()


def report(viewers: int) -> str:
    publication = PublicationReport(
        camera_id=CAMERA,
        viewers=viewers,
        since_utc=FakeClock().utc(),
        bitrate_bps=1,
        last_packet_age_s=0.0,
    )
    return StreamerReport(node="a", publications=(publication,)).model_dump_json()


class Streamer:
    """Answers as the streamer does: only to a token it can check."""

    def __init__(self, key: Ed25519PrivateKey, clock: FakeClock) -> None:
        self.key, self.clock = key, clock
        self.answer = httpx.Response(200, content=report(1))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url == "http://streamer/publications"
        token = request.headers["authorization"].removeprefix("Bearer ")
        check_live_token(
            token, self.key.public_key(), UUID(int=0), LiveAction.REPORT, self.clock.utc()
        )
        return self.answer


@pytest.fixture
def parts():
    clock, key = FakeClock(), Ed25519PrivateKey.generate()
    streamer = Streamer(key, clock)
    watch = StreamerWatch(StreamerAddress(url="http://streamer", key=key), clock)
    client = httpx.AsyncClient(transport=httpx.MockTransport(streamer))
    return watch, streamer, client, clock


async def test_cameras_with_viewers_are_watched(parts):
    watch, _, client, _ = parts
    await watch.ask(client)
    assert (watch.watched, watch.is_reachable) == ({CAMERA}, True)


async def test_a_camera_counts_as_watched_for_a_while_after_its_last_viewer(parts):
    watch, streamer, client, clock = parts
    await watch.ask(client)
    streamer.answer = httpx.Response(200, content=report(0))
    for _ in range(5):
        clock.advance(5)
        await watch.ask(client)
        assert watch.watched == {CAMERA}
    clock.advance(1)
    assert watch.watched == frozenset()
    await watch.ask(client)
    assert not watch._seen_s


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(200, content=b"<html>"), httpx.Response(401)]
)
async def test_a_streamer_that_does_not_answer_well_is_remembered_for_a_minute(parts, answer):
    watch, streamer, client, clock = parts
    await watch.ask(client)
    streamer.answer = answer
    await watch.ask(client)
    assert (watch.watched, watch.is_reachable) == ({CAMERA}, False)
    clock.advance(timedelta(seconds=61).total_seconds())
    assert watch.watched == frozenset()
