"""Real Chromium watches with our player."""

from uuid import uuid4

import pytest

from tests.parts.counter_offer import counter_offering
from tests.parts.live_page import PLAYING, chromium_on
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until

WITHIN_MS = 60_000


TELLS = """() => window.state.first_frame_ms > 0 && window.state.frame_age_s < 5 &&
    window.state.since_ms > 0"""


@pytest.fixture
async def page_of(streamer):
    """Opens the player on a camera in a tab of its own."""
    async with chromium_on(streamer) as open_page:
        yield open_page


async def test_three_tabs_play_what_ffmpeg_publishes(streamer, page_of, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        pages = [await page_of(camera_id) for _ in range(3)]
        for page in pages:
            await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        await pages[0].wait_for_function(TELLS, timeout=WITHIN_MS)
        size = await pages[0].eval_on_selector("video", "v => [v.videoWidth, v.videoHeight]")
    assert size == [640, 360]


async def test_the_player_waits_for_a_station_and_plays_when_it_comes(streamer, page_of, film):
    camera_id = uuid4()
    page = await page_of(camera_id)
    await page.wait_for_function("() => window.state?.phase === 'waiting'", timeout=WITHIN_MS)
    async with ffmpeg_publishing(streamer, camera_id, film):
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)


async def test_the_player_says_since_when_the_picture_is_old_and_comes_back(
    streamer, page_of, film
):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film) as station:
        await streamer.until_published(camera_id)
        page = await page_of(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        station.kill()
        await station.wait()
        await page.evaluate("window.states = []")
        await page.wait_for_function("() => window.states.includes('stalled')", timeout=WITHIN_MS)
        assert await page.evaluate("window.state.frame_age_s") >= 3
        async with ffmpeg_publishing(streamer, camera_id, film):
            await page.evaluate("window.frames = 0")
            await page.wait_for_function(PLAYING, timeout=WITHIN_MS)


async def test_the_player_comes_back_when_the_streamer_ends_its_session(streamer, page_of, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        page = await page_of(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        await page.evaluate("window.states = []")
        for session in streamer.node.sessions:
            if session.direction == "whep":
                await streamer.node.sessions.end(session)
        await page.evaluate("window.frames = 0")
        await page.wait_for_function(
            "() => window.states.includes('retrying') && window.frames > 20", timeout=WITHIN_MS
        )


async def test_a_player_that_stops_ends_its_session_at_the_streamer(streamer, page_of, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)
        page = await page_of(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        await page.evaluate("window.player.stop()")
        await until(lambda: not publication.viewers, within_s=60, what="the viewer has left")
        assert await page.evaluate("window.state.phase") == "stopped"


async def test_a_page_that_is_left_frees_its_session(streamer, page_of, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)
        page = await page_of(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        await page.goto("about:blank")
        await until(lambda: not publication.viewers, within_s=60, what="the viewer has left")


async def test_rule_25_the_player_takes_a_counter_offer(page_of, film):
    async with counter_offering(film) as endpoint:
        page = await page_of(uuid4(), f"&whep={endpoint}")
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
