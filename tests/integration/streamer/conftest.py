import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_token import LiveAction
from recorder.camera import CameraPlan
from recorder.recording import Recording
from recorder.sources.address import read_address
from tests.parts.live_film import live_film
from tests.parts.live_streamer import running_streamer
from tests.parts.sdp_offers import SDP
from tests.parts.whep_viewer import (
    ANSWERS_S,
    WhepViewer,
    keep_instead_of_decode,
)
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until_answer


@pytest.fixture
async def streamer():
    async with running_streamer() as running:
        yield running


@pytest.fixture
def viewers(monkeypatch, streamer):
    """Begins viewers of a camera; they leave with the test."""
    keep_instead_of_decode(monkeypatch)

    @asynccontextmanager
    async def begin(camera_id, count=1):
        async with AsyncExitStack() as stack:
            begun = []
            for _ in range(count):
                viewer = await stack.enter_async_context(WhepViewer(streamer, camera_id))
                await viewer.join()
                begun.append(viewer)
            yield begun

    return begin


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """Twenty seconds as a camera sends them: no B-frames, a keyframe every four seconds."""
    return live_film(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
async def camera(tmp_path, film):
    """A camera that records the film over and over."""
    plan = CameraPlan(
        camera_id=uuid4(),
        position=1,
        source=read_address(str(film)),
        segment_target_s=10,
    )
    recording = Recording(
        spool=tmp_path / "spool",
        device_id=uuid4(),
        key=Ed25519PrivateKey.generate(),
        plans=[plan],
        clock=SystemClock(),
        reserve_bytes=0,
    )
    recording.start()
    yield recording.cameras[plan.camera_id]
    await asyncio.to_thread(recording.stop)


@pytest.fixture
async def http(streamer):
    async with httpx.AsyncClient(base_url=streamer.url, timeout=ANSWERS_S) as client:
        yield client


@pytest.fixture
def ask(streamer, http):
    """Offers to publish or to watch; gives the answer."""

    async def post(protocol, body, camera_id=None, headers=None, subject="somebody"):
        camera_id = camera_id or uuid4()
        action = LiveAction.PUBLISH if protocol == "whip" else LiveAction.VIEW
        bearer = streamer.bearer(camera_id, action, subject)
        sent = {**SDP, **bearer, **(headers or {})}
        answer = await http.post(f"/{protocol}/{camera_id}", content=body, headers=sent)
        answer.bearer = bearer
        return answer

    return post


@pytest.fixture
def ask_to_watch(ask, published):
    """Offers to watch `published`, whose film may be held up for a moment; gives the answer."""

    async def begin(body):
        return await until_answer(
            lambda: ask("whep", body, published),
            lambda answer: answer.status_code != 409,
            within_s=60,
            what="pictures come",
        )

    return begin


@pytest.fixture
async def published(streamer, film):
    """A camera that viewers can watch."""
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        yield camera_id
