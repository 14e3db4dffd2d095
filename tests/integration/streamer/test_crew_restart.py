"""A worker is killed: station and page find each other again by themselves, and soon."""

import asyncio
from contextlib import asynccontextmanager
from random import Random

import httpx
import pytest

from core.clock import SystemClock
from core.live_stream import StreamKey
from core.live_token import LiveAction
from core.wire.heartbeat import PublishWish
from recorder.live.publisher import Publisher
from streamer.crew.assignment import worker_of_camera
from tests.parts.crew import running_crew
from tests.parts.live_page import PLAYING, chromium_on
from tests.waiting import until

WITHIN_MS = 20_000


@pytest.fixture
async def crew():
    async with running_crew() as begun:
        yield begun


@asynccontextmanager
async def station(crew, camera):
    """The agent's publisher; gives how it hears the next heartbeat's answer."""
    camera_id = camera.plan.camera_id

    def wish():
        token = crew.token(camera_id, LiveAction.PUBLISH, "a station")
        url = f"{crew.url}/whip/{camera_id}"
        publisher.wish(PublishWish(camera_id=camera_id, whip_url=url, token=token))

    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        publisher = Publisher(StreamKey(camera_id), camera, client, SystemClock(), Random(1))
        running = tasks.create_task(publisher.run())
        wish()
        await until(lambda: publisher.is_publishing, within_s=20, what="it publishes")
        wish()
        yield
        running.cancel()


async def test_the_page_is_back_after_the_worker_of_its_camera_was_killed(
    crew, camera, record_property
):
    camera_id, clock = camera.plan.camera_id, SystemClock()
    async with station(crew, camera), chromium_on(crew) as open_page:
        page = await open_page(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        crew.workers()[worker_of_camera(camera_id, (0, 1))].kill()
        killed_s = clock.monotonic_s()
        # What was on its way is still shown; then the picture stands.
        await page.wait_for_function("() => window.state.frame_age_s > 1", timeout=WITHIN_MS)
        await page.evaluate("window.frames = 0")
        await page.wait_for_function("() => window.frames > 2", timeout=WITHIN_MS)
        back_s = clock.monotonic_s() - killed_s
    record_property("back_s", round(back_s, 2))
    print(f"back {back_s:.1f} s after the worker was killed")
