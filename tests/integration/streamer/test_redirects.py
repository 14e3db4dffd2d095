"""Another engine carries live in this streamer's place: a 307 leads there."""

from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.live_token import LiveAction
from tests.parts.free_port import free_port
from tests.parts.live_page import PLAYING, chromium_on
from tests.parts.live_publisher import publishing
from tests.parts.live_streamer import running_streamer
from tests.parts.other_engines import GIVEN, other_engine
from tests.parts.sdp_offers import SDP, offer, viewer_offer
from tests.parts.whep_viewer import ANSWERS_S
from tests.stage.browser import need_chromium
from tests.waiting import until

ELSEWHERE = "https://b.example/{protocol}/{camera_id}"
WITHIN_MS = 60_000


@pytest.mark.parametrize("name", GIVEN)
async def test_our_agent_publishes_and_our_page_watches_through_another_engine(
    name, camera, tmp_path
):
    need_chromium()
    camera_id, key, port = camera.plan.camera_id, Ed25519PrivateKey.generate(), free_port()
    async with (
        other_engine(name, camera_id, key, tmp_path, port) as engine,
        running_streamer(
            key, listen_port=port, engine=engine.whep, engine_whip=engine.whip
        ) as first,
        publishing(first, camera) as publisher,
        chromium_on(first) as open_page,
    ):
        await until(lambda: publisher.is_publishing, within_s=60, what="it publishes")
        page = await open_page(camera_id)
        await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
        assert len(first.node.sessions) == 0
        assert first.node.ports == []
        if engine.streamer is not None:
            assert len(engine.streamer.node.sessions) >= 2
            await page.evaluate("window.player.stop()")
            await until(
                lambda: len(engine.streamer.node.sessions) == 1, within_s=60, what="it has left"
            )


@pytest.fixture
async def redirecting():
    """A streamer whose cameras are carried elsewhere, and how to ask it."""
    async with (
        running_streamer(engine=ELSEWHERE, engine_whip="https://c.example/{camera_id}") as streamer,
        httpx.AsyncClient(base_url=streamer.url, timeout=ANSWERS_S) as http,
    ):

        async def ask(protocol, camera_id, bearer, body=None):
            return await http.post(
                f"/{protocol}/{camera_id}",
                content=body or viewer_offer(),
                headers={**SDP, **bearer},
            )

        yield streamer, ask


async def test_rule_19_a_redirect_is_307_and_any_page_can_follow_it(redirecting):
    streamer, ask = redirecting
    camera_id = uuid4()
    answer = await ask("whep", camera_id, streamer.bearer(camera_id, LiveAction.VIEW))
    assert answer.status_code == 307
    assert answer.headers["location"] == f"https://b.example/whep/{camera_id}"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_publisher_can_be_sent_elsewhere_than_viewers(redirecting):
    streamer, ask = redirecting
    camera_id = uuid4()
    bearer = streamer.bearer(camera_id, LiveAction.PUBLISH)
    for _ in range(2):  # the token is for the other side: it is not spent here
        answer = await ask("whip", camera_id, bearer, offer())
        assert answer.headers["location"] == f"https://c.example/{camera_id}"


async def test_who_may_not_watch_is_not_told_where(redirecting):
    streamer, ask = redirecting
    camera_id = uuid4()
    nobody = await ask("whep", camera_id, {})
    another = await ask("whep", camera_id, streamer.bearer(uuid4(), LiveAction.VIEW))
    assert (nobody.status_code, another.status_code) == (401, 403)
    assert "location" not in {**nobody.headers, **another.headers}


async def test_an_engine_can_ask_who_may(redirecting):
    streamer, _ = redirecting
    camera_id = uuid4()
    view = streamer.token(camera_id, LiveAction.VIEW)

    async def asked(**question):
        asking = {"action": "read", "path": str(camera_id), "ip": "192.0.2.7", **question}
        async with httpx.AsyncClient(base_url=streamer.url, timeout=ANSWERS_S) as http:
            return (await http.post("/engine/admission", json=asking)).status_code

    assert await asked(token=view) == 204
    assert await asked(token=streamer.token(camera_id, LiveAction.PUBLISH), action="publish") == 204
    assert await asked() == 401
    assert await asked(token="a guess") == 401
    assert await asked(token=view, action="publish") == 403
    assert await asked(token=view, path=str(uuid4())) == 403
    assert await asked(token=view, path="../etc") == 403
    assert await asked(token=view, action="api") == 403
    assert await asked(token=5) == 400


async def test_the_agent_goes_on_after_a_few_redirects_and_no_further(camera):
    async with redirecting_chain(6) as (first, last), publishing(first, camera) as publisher:
        await until(lambda: publisher._failures > 0, within_s=60, what="it gave up")
        assert not publisher.is_publishing
        assert len(last.node.sessions) == 0


@asynccontextmanager
async def redirecting_chain(length):
    """Each sends clients to the next; the last one would carry them."""
    key = Ed25519PrivateKey.generate()
    async with AsyncExitStack() as stack:
        first = last = await stack.enter_async_context(running_streamer(key))
        for _ in range(length):
            engine = first.url + "/{protocol}/{camera_id}"
            first = await stack.enter_async_context(running_streamer(key, engine=engine))
        yield first, last
