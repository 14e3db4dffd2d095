import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from recorder.camera import CameraPlan
from recorder.recording import Recording
from recorder.sources.address import read_address
from tests.parts.live_film import live_film
from tests.parts.live_streamer import running_streamer
from tests.parts.whep_viewer import WhepViewer, keep_instead_of_decode


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
                viewer = WhepViewer(streamer, camera_id)
                stack.push_async_callback(viewer.leave)
                await viewer.watch()
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
