"""The rules of WHIP (RFC 9725) and WHEP (draft 03), by their numbers: who may, and how many."""

import asyncio
import re
from uuid import UUID, uuid4

import httpx
import pytest

from core.live_token import LiveAction
from tests.parts.live_streamer import running_streamer
from tests.parts.sdp_offers import (
    FRAGMENT,
    SDP,
    fragment,
    offer,
    viewer_offer,
)
from tests.parts.whep_viewer import ANSWERS_S, WhepViewer, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until


async def test_rule_19_overload_is_503_with_retry_after_and_touches_nobody(viewers_limited):
    streamer, watching, refused = viewers_limited
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert len(streamer.node.sessions) == 2
    seen = len(watching.pictures)
    await until(lambda: len(watching.pictures) > seen + 5, within_s=60, what="pictures go on")


@pytest.fixture
async def viewers_limited(film, monkeypatch):
    """A node for one viewer, which it has, and its answer to the second."""
    keep_instead_of_decode(monkeypatch)
    camera_id = uuid4()
    async with (
        running_streamer(viewers_max=1) as streamer,
        ffmpeg_publishing(streamer, camera_id, film),
        WhepViewer(streamer, camera_id) as first,
        WhepViewer(streamer, camera_id, "b") as second,
    ):
        await streamer.until_published(camera_id)
        await first.join()
        await until(lambda: first.pictures, within_s=60, what="a picture comes")
        yield streamer, first, await second.ask()


async def test_rule_20_no_ice_servers_are_named_where_there_are_none(ask):
    assert "link" not in (await ask("whip", offer())).headers


RELAYS = {
    "turn_urls": ("turn:t.example:3478?transport=udp", "turns:t.example:443?transport=tcp"),
    "turn_secret": "secret",
}
RELAY = re.compile(
    r'<(turns?:[^>]+)>; rel="ice-server"; username="\d+:[0-9a-f]+"; credential="[^"]+"; '
    r'credential-type="password"'
)


@pytest.fixture
async def with_relays(film):
    """A streamer that has relays to name, a camera on it, and how to ask."""
    camera_id = uuid4()
    async with (
        running_streamer(**RELAYS) as streamer,
        ffmpeg_publishing(streamer, camera_id, film),
        httpx.AsyncClient(base_url=streamer.url, timeout=ANSWERS_S) as http,
    ):
        await streamer.until_published(camera_id)
        yield streamer, camera_id, http


@pytest.mark.parametrize(("protocol", "action"), [("whip", "publish"), ("whep", "view")])
async def test_rule_20_the_answer_to_an_offer_names_relays(with_relays, protocol, action):
    streamer, camera_id, http = with_relays
    bearer = streamer.bearer(camera_id, LiveAction(action))
    body = offer() if protocol == "whip" else viewer_offer()
    answer = await http.post(f"/{protocol}/{camera_id}", content=body, headers={**SDP, **bearer})
    assert answer.status_code == 201
    assert tuple(RELAY.findall(answer.headers["link"])) == RELAYS["turn_urls"]
    assert "Link" in answer.headers["access-control-expose-headers"]


async def test_rule_20_options_names_relays_to_whoever_may_begin(with_relays):
    streamer, camera_id, http = with_relays
    bearer = streamer.bearer(camera_id, LiveAction.VIEW)
    answer = await http.options(f"/whep/{camera_id}", headers=bearer)
    assert tuple(RELAY.findall(answer.headers["link"])) == RELAYS["turn_urls"]
    assert answer.headers["cache-control"] == "no-store"


async def test_rule_20_nobody_else_gets_credentials(with_relays):
    streamer, camera_id, http = with_relays
    preflight = {"access-control-request-method": "POST", "origin": "https://b.example"}
    bearer = streamer.bearer(camera_id, LiveAction.VIEW)
    foreign = streamer.bearer(uuid4(), LiveAction.VIEW)
    for headers in ({}, preflight, {**preflight, **bearer}, foreign, {"authorization": "Bearer x"}):
        assert "link" not in (await http.options(f"/whep/{camera_id}", headers=headers)).headers
    refused = await http.post(f"/whep/{camera_id}", content=viewer_offer(), headers={**SDP})
    assert "link" not in refused.headers


async def test_rule_21_a_bearer_is_needed_by_all_but_preflights(http, ask):
    path = f"/whip/{uuid4()}"
    answer = await http.post(path, content=offer(), headers=SDP)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    location = (await ask("whip", offer())).headers["location"]
    assert (await http.delete(location)).status_code == 401
    assert (await http.patch(location, content=fragment(), headers=FRAGMENT)).status_code == 401


async def test_rule_21_a_token_of_another_camera_or_purpose_is_refused_with_403(
    streamer, http, ask
):
    camera_id = uuid4()
    for bearer in (
        streamer.bearer(uuid4(), LiveAction.PUBLISH),
        streamer.bearer(camera_id, LiveAction.VIEW),
    ):
        answer = await ask("whip", offer(), camera_id, headers=bearer)
        assert answer.status_code == 403
    begun = await ask("whip", offer(), camera_id)
    foreign = streamer.bearer(uuid4(), LiveAction.PUBLISH)
    assert (await http.delete(begun.headers["location"], headers=foreign)).status_code == 403


async def test_rule_21_a_fresh_token_of_the_camera_ends_a_session_too(streamer, http, ask):
    camera_id = uuid4()
    begun = await ask("whip", offer(), camera_id)
    fresh = streamer.bearer(camera_id, LiveAction.PUBLISH)
    assert (await http.delete(begun.headers["location"], headers=fresh)).status_code == 200


async def test_a_token_that_has_published_is_refused_when_it_is_replayed(ask, http):
    camera_id = uuid4()
    begun = await ask("whip", offer(), camera_id)
    answer = await ask("whip", offer(), camera_id, headers=begun.bearer)
    assert answer.status_code == 403


async def test_a_token_that_was_refused_for_its_offer_can_publish_still(ask):
    camera_id = uuid4()
    refused = await ask("whip", "hello", camera_id)
    answer = await ask("whip", offer(), camera_id, headers=refused.bearer)
    assert answer.status_code == 201


async def test_rule_22_session_addresses_are_random(ask):
    locations = {(await ask("whip", offer())).headers["location"] for _ in range(3)}
    ids = [UUID(location.rpartition("/")[2]) for location in locations]
    assert len(ids) == 3
    assert {session_id.version for session_id in ids} == {4}


async def test_rule_22_requests_of_one_subject_are_limited(film):
    async with running_streamer(requests_per_s=0.1) as streamer:
        camera_id = uuid4()
        bearer = streamer.bearer(camera_id, LiveAction.VIEW)
        async with httpx.AsyncClient(base_url=streamer.url, timeout=ANSWERS_S) as http:
            path, headers = f"/whep/{camera_id}", {**SDP, **bearer}
            both = [http.post(path, content=viewer_offer(), headers=headers) for _ in range(2)]
            first, second = sorted(await asyncio.gather(*both), key=lambda one: one.status_code)
    assert (first.status_code, second.status_code) == (409, 429)
    assert int(second.headers["retry-after"]) > 0


async def test_rule_23_no_extension_is_required(ask):
    answer = await ask("whip", offer())
    assert "urn:ietf:params" not in answer.headers.get("link", "")


async def test_rule_24_a_viewer_before_the_publisher_gets_409_and_when_to_come_again(ask):
    answer = await ask("whep", viewer_offer())
    assert answer.status_code == 409
    assert int(answer.headers["retry-after"]) > 0


async def test_rule_26_events_are_not_offered(ask_to_watch):
    assert "link" not in (await ask_to_watch(viewer_offer())).headers


async def test_the_newest_publisher_of_a_camera_takes_over(streamer, ask, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)
        (before,) = streamer.node.sessions
        async with ffmpeg_publishing(streamer, camera_id, film):
            await until(
                lambda: before not in streamer.node.sessions, within_s=60, what="it takes over"
            )
            count = publication.units_total
            await until(
                lambda: publication.units_total > count + 30, within_s=60, what="pictures go on"
            )
            assert len(streamer.node.sessions) == 1
            assert streamer.publication(camera_id) is publication
