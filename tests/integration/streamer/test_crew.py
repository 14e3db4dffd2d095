"""Two worker processes behind one address, as `pollcam streamer serve` starts them."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import httpx
import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_token import LiveAction, sign_live_token
from streamer.crew.assignment import worker_of_camera, worker_of_session
from tests.parts.live_streamer import NOBODY, public_key_of
from tests.parts.whep_viewer import WhepViewer, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until

ON_WORKER = [
    next(UUID(int=n) for n in count(1) if worker_of_camera(UUID(int=n), (0, 1)) == worker)
    for worker in (0, 1)
]


@dataclass(frozen=True, kw_only=True)
class Crew:
    """A streamer of two workers; as much of `LiveStreamer` as viewers and publishers ask for."""

    url: str
    key: Ed25519PrivateKey
    pid: int
    clock: SystemClock = field(default_factory=SystemClock)

    def token(self, camera_id, action, subject="somebody"):
        return sign_live_token(self.key, camera_id, action, subject, self.clock.utc())[0]

    def bearer(self, camera_id, action, subject="somebody"):
        return {"authorization": f"Bearer {self.token(camera_id, action, subject)}"}

    async def get(self, path, action=LiveAction.REPORT):
        async with httpx.AsyncClient() as client:
            return await client.get(self.url + path, headers=self.bearer(NOBODY, action))

    async def published(self):
        report = (await self.get("/publications")).json()
        return {UUID(publication["camera_id"]) for publication in report["publications"]}

    async def until_published(self, camera_id, within_s=20.0):
        async with asyncio.timeout(within_s):
            while camera_id not in await self.published():  # noqa: ASYNC110 another process
                await asyncio.sleep(0.1)

    def workers(self):
        return psutil.Process(self.pid).children()


@pytest.fixture
async def crew(unused_tcp_port):
    key = Ed25519PrivateKey.generate()
    chosen = {
        "API_PUBLIC_KEY": public_key_of(key),
        "LISTEN_PORT": str(unused_tcp_port),
        "PUBLIC_ADDRESS": "127.0.0.1",
        "WORKERS": "2",
        "LOG_LEVEL": "WARNING",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "streamer", "serve"),
        env=os.environ | {f"POLLCAM_STREAMER_{name}": value for name, value in chosen.items()},
    )
    begun = Crew(url=f"http://127.0.0.1:{unused_tcp_port}", key=key, pid=process.pid)
    try:
        async with asyncio.timeout(30):
            while not await answers(begun):  # noqa: ASYNC110 another process
                await asyncio.sleep(0.1)
        yield begun
    finally:
        process.terminate()
        async with asyncio.timeout(20):
            assert await process.wait() in (0, -signal.SIGTERM)


async def answers(crew):
    try:
        return (await crew.get("/publications")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def watching(monkeypatch, crew):
    keep_instead_of_decode(monkeypatch)

    @asynccontextmanager
    async def begin(camera_id):
        viewer = WhepViewer(crew, camera_id)
        try:
            async with asyncio.timeout(20):
                while (answer := await viewer.ask()).status_code != 201:
                    assert answer.status_code in (409, 503), answer.text
                    assert int(answer.headers["retry-after"]) >= 1
                    await viewer.leave()
                    await asyncio.sleep(0.3)
                    viewer = WhepViewer(crew, camera_id)
            await viewer.take(answer)
            yield viewer
        finally:
            await viewer.leave()

    return begin


async def pictures_of(viewer, number=20):
    seen = len(viewer.pictures)
    await until(lambda: len(viewer.pictures) > seen + number, within_s=20, what="pictures come")


async def test_each_camera_is_watched_at_its_worker(crew, watching, film):
    async with (
        ffmpeg_publishing(crew, ON_WORKER[0], film),
        ffmpeg_publishing(crew, ON_WORKER[1], film),
    ):
        for worker, camera_id in enumerate(ON_WORKER):
            async with watching(camera_id) as viewer:
                await pictures_of(viewer)
                assert worker_of_session(UUID(viewer.location.rsplit("/", 1)[1])) == worker
        assert await crew.published() == set(ON_WORKER)
        metrics = (await crew.get("/metrics")).text
        for worker, camera_id in enumerate(ON_WORKER):
            assert f'pictures_total{{camera_id="{camera_id}",worker="{worker}"}}' in metrics


async def test_a_killed_worker_disturbs_nobody_else_and_its_camera_comes_back(crew, watching, film):
    async with ffmpeg_publishing(crew, ON_WORKER[0], film), watching(ON_WORKER[0]) as steady:
        async with ffmpeg_publishing(crew, ON_WORKER[1], film), watching(ON_WORKER[1]) as viewer:
            await pictures_of(viewer)
            before = crew.workers()
            assert len(before) == 2
            before[1].kill()
            await until(lambda: not before[1].is_running(), within_s=10, what="it is dead")
            await pictures_of(steady)
        async with ffmpeg_publishing(crew, ON_WORKER[1], film), watching(ON_WORKER[1]) as again:
            await pictures_of(again)
            await pictures_of(steady)
    await until(lambda: len(crew.workers()) == 2, within_s=20, what="both workers are there")


async def test_who_may_not_is_told_so_through_the_front(crew):
    async with httpx.AsyncClient() as client:
        url = f"{crew.url}/whep/{ON_WORKER[0]}"
        refused = await client.post(url, content="v=0", headers={"content-type": "application/sdp"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "*"
        allowed = await client.options(url)
        assert "POST" in allowed.headers["access-control-allow-methods"]
        gone = await client.delete(f"{crew.url}/whep/sessions/{UUID(int=2**127)}")
        assert gone.status_code == 404
        assert (await client.get(f"{crew.url}/publications")).status_code == 401
