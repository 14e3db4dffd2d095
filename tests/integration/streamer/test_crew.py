"""Two worker processes behind one address: media, and a worker that is killed."""

from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest

from streamer.crew.assignment import worker_of_session
from tests.parts.crew import ON_WORKER as CAMERAS
from tests.parts.crew import running_crew
from tests.parts.whep_viewer import ANSWERS_S, WhepViewer, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until, until_answer

ON_WORKER = [cameras[0] for cameras in CAMERAS]


@pytest.fixture
async def crew():
    async with running_crew() as begun:
        yield begun


@pytest.fixture
def watching(monkeypatch, crew):
    keep_instead_of_decode(monkeypatch)

    @asynccontextmanager
    async def begin(camera_id):
        async with WhepViewer(crew, camera_id) as viewer:
            await viewer.join()
            yield viewer

    return begin


async def pictures_of(viewer, number=20):
    seen = len(viewer.pictures)
    await until(lambda: len(viewer.pictures) > seen + number, within_s=60, what="pictures come")


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
            labels = f'camera_id="{camera_id}",stream="main",worker="{worker}"'
            assert f"pictures_total{{{labels}}}" in metrics


async def test_a_killed_worker_disturbs_nobody_else_and_its_camera_comes_back(crew, watching, film):
    async with ffmpeg_publishing(crew, ON_WORKER[0], film), watching(ON_WORKER[0]) as steady:
        async with ffmpeg_publishing(crew, ON_WORKER[1], film), watching(ON_WORKER[1]) as viewer:
            await pictures_of(viewer)
            before = crew.workers()
            assert len(before) == 2
            before[1].kill()
            await until_another(crew, before[1])
            await pictures_of(steady)
        async with ffmpeg_publishing(crew, ON_WORKER[1], film), watching(ON_WORKER[1]) as again:
            await pictures_of(again)
            await pictures_of(steady)
    await until(lambda: len(crew.workers()) == 2, within_s=60, what="both workers are there")


async def until_another(crew, killed):
    """Started again, and spoken to: a camera would be carried by the other one until then."""

    def is_started() -> bool:
        workers = crew.workers()
        return len(workers) == 2 and killed not in workers

    await until(is_started, within_s=60, what="another one is started")
    await until_answer(
        lambda: crew.get("/metrics"),
        lambda told: told.status_code == 200 and 'worker="1"' in told.text,
        within_s=60,
        what="it answers",
    )


async def test_who_may_not_is_told_so_through_the_front(crew):
    async with httpx.AsyncClient(timeout=ANSWERS_S) as client:
        url = f"{crew.url}/whep/{ON_WORKER[0]}"
        refused = await client.post(url, content="v=0", headers={"content-type": "application/sdp"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "*"
        allowed = await client.options(url)
        assert "POST" in allowed.headers["access-control-allow-methods"]
        gone = await client.delete(f"{crew.url}/whep/sessions/{UUID(int=2**127)}")
        assert gone.status_code == 404
        assert (await client.get(f"{crew.url}/publications")).status_code == 401
