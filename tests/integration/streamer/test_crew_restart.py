"""A worker is killed: station and page find each other again by themselves, and soon."""

import pytest

from core.clock import SystemClock
from streamer.crew.assignment import worker_of_camera
from tests.parts.crew import running_crew
from tests.parts.live_page import PLAYING, chromium_on
from tests.parts.live_publisher import publishing
from tests.waiting import until

WITHIN_MS = 60_000


@pytest.fixture
async def crew():
    async with running_crew() as begun:
        yield begun


async def test_the_page_is_back_after_the_worker_of_its_camera_was_killed(
    crew, camera, record_property
):
    camera_id, clock = camera.plan.camera_id, SystemClock()
    async with publishing(crew, camera) as publisher, chromium_on(crew) as open_page:
        await until(lambda: publisher.is_publishing, within_s=60, what="it publishes")
        page = await open_page(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        await page.evaluate("window.states = []")
        crew.workers()[worker_of_camera(camera_id, (0, 1))].kill()
        killed_s = clock.monotonic_s()
        # The session is lost, not just late; what is shown from then on is of another one.
        await page.wait_for_function("() => window.states.includes('retrying')", timeout=WITHIN_MS)
        await page.evaluate("window.frames = 0")
        await page.wait_for_function("() => window.frames > 2", timeout=WITHIN_MS)
        back_s = clock.monotonic_s() - killed_s
    record_property("back_s", round(back_s, 2))
    print(f"back {back_s:.1f} s after the worker was killed")
