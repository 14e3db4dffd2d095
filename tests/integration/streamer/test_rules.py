"""The rules of WHIP (RFC 9725) and WHEP (draft 03), by their numbers in docs/design/live.md."""

import re
from uuid import UUID, uuid4

import httpx
import pytest

from core.live_token import LiveAction
from tests.parts.live_streamer import running_streamer
from tests.parts.sdp_offers import AUDIO, fragment, media, offer, viewer_offer
from tests.parts.whep_viewer import WhepViewer, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until

SDP = {"content-type": "application/sdp"}
FRAGMENT = {"content-type": "application/trickle-ice-sdpfrag"}
CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.7 9000 typ host"


@pytest.fixture
async def http(streamer):
    async with httpx.AsyncClient(base_url=streamer.url) as client:
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
async def published(streamer, film):
    """A camera that viewers can watch."""
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        yield camera_id


async def test_rule_01_an_offer_is_answered_with_201_sdp_and_the_location(ask):
    answer = await ask("whip", offer())
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/sdp")
    assert answer.text.startswith("v=0\r\n")
    assert re.fullmatch(r"/whip/sessions/[0-9a-f-]{36}", answer.headers["location"])


async def test_rule_01_holds_for_viewers_too(ask, published):
    answer = await ask("whep", viewer_offer(), published)
    assert answer.status_code == 201
    assert answer.headers["location"].startswith("/whep/sessions/")


@pytest.mark.parametrize("body", ["", "hello", "v=0\r\n", offer().replace("a=ice-ufrag:frag", "")])
async def test_rule_02_a_malformed_offer_is_refused_with_400(ask, body):
    assert (await ask("whip", body)).status_code == 400


async def test_rule_02_another_content_type_is_refused_with_415(ask):
    answer = await ask("whip", offer(), headers={"content-type": "text/plain"})
    assert answer.status_code == 415


async def test_rule_02_a_body_that_is_no_description_by_its_size_is_refused(ask):
    assert (await ask("whip", offer() + "a=x\r\n" * 20_000)).status_code == 413


async def test_rule_03_errors_carry_problem_json(ask):
    answer = await ask("whip", "hello")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail", "kind"}


@pytest.mark.parametrize("protocol", ["whip", "whep"])
async def test_rule_04_get_is_answered_without_content(http, ask, protocol):
    answer = await http.get(f"/{protocol}/{uuid4()}")
    assert (answer.status_code, answer.content) == (204, b"")


async def test_rule_04_get_on_a_session_is_answered_without_content(http, ask):
    location = (await ask("whip", offer())).headers["location"]
    answer = await http.get(location)
    assert (answer.status_code, answer.content) == (204, b"")


async def test_rule_05_head_tells_that_this_is_a_whep_endpoint(http):
    answer = await http.head(f"/whep/{uuid4()}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/sdp"


@pytest.mark.parametrize("protocol", ["whip", "whep"])
async def test_rule_06_options_answers_preflights_and_names_what_is_taken(http, protocol):
    answer = await http.options(f"/{protocol}/{uuid4()}")
    assert answer.is_success
    assert answer.headers["accept-post"] == "application/sdp"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "link" not in answer.headers


async def test_rule_06_pages_of_other_origins_can_read_the_location(ask):
    answer = await ask("whip", offer())
    assert "Location" in answer.headers["access-control-expose-headers"]


async def test_rule_06_preflights_of_sessions_allow_patch_and_delete(http):
    answer = await http.options(f"/whep/sessions/{uuid4()}")
    assert {"PATCH", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))


async def test_rule_07_delete_ends_the_session_whatever_if_match_says(streamer, http, ask):
    begun = await ask("whip", offer())
    headers = {**begun.bearer, "if-match": '"something"'}
    answer = await http.delete(begun.headers["location"], headers=headers)
    assert answer.status_code == 200
    assert len(streamer.node.sessions) == 0
    again = await http.delete(begun.headers["location"], headers=headers)
    assert again.status_code == 404


async def test_rule_07_delete_closes_the_connection_of_a_viewer(http, streamer, viewers, published):
    async with viewers(published) as (viewer,):
        await until(lambda: viewer.pictures, within_s=10, what="a picture comes")
        await http.delete(viewer.location, headers=viewer.bearer)
        await until(
            lambda: (
                viewer.peer.connectionState == "closed"
                or viewer.peer.getReceivers()[0].transport.state == "closed"
            ),
            within_s=10,
            what="DTLS is closed",
        )


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [(SDP, fragment(CANDIDATE), 415), (FRAGMENT, "hello", 400), (FRAGMENT, "", 400)],
)
async def test_rule_08_a_patch_that_is_no_fragment_is_refused(http, ask, headers, body, status):
    begun = await ask("whip", offer())
    sent = {**begun.bearer, **headers}
    answer = await http.patch(begun.headers["location"], content=body, headers=sent)
    assert answer.status_code == status


@pytest.mark.parametrize("change", [{"ufrag": "other"}, {"password": "x" * 24}])
async def test_rule_09_an_ice_restart_is_refused_with_422(http, ask, change):
    begun = await ask("whip", offer())
    answer = await http.patch(
        begun.headers["location"], content=fragment(**change), headers={**begun.bearer, **FRAGMENT}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "line",
    [
        CANDIDATE,
        "a=candidate:1 1 tcp 1 192.0.2.7 9 typ host tcptype active",
        "a=candidate:1 1 udp 1 a1b2.local 9 typ host",
        "a=candidate:1 1 quic 1 192.0.2.7 9 typ host",
        "a=end-of-candidates",
    ],
)
async def test_rule_10_trickled_candidates_are_taken_or_passed_over_with_204(http, ask, line):
    begun = await ask("whip", offer())
    answer = await http.patch(
        begun.headers["location"], content=fragment(line), headers={**begun.bearer, **FRAGMENT}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert "etag" not in answer.headers


async def test_rule_11_no_etag_is_given_for_restarts_are_not_supported(ask):
    assert "etag" not in (await ask("whip", offer())).headers


async def test_rule_12_a_refused_restart_leaves_the_session_as_it_was(http, viewers, published):
    async with viewers(published) as (viewer,):
        await until(lambda: viewer.pictures, within_s=10, what="a picture comes")
        sent = {**viewer.bearer, **FRAGMENT}
        answer = await http.patch(viewer.location, content=fragment(ufrag="new1"), headers=sent)
        assert answer.status_code == 422
        seen = len(viewer.pictures)
        await until(lambda: len(viewer.pictures) > seen + 5, within_s=10, what="pictures go on")


async def test_rule_13_the_answer_has_all_candidates(ask):
    lines = (await ask("whip", offer())).text.splitlines()
    assert any(line.startswith("a=candidate:") for line in lines)
    assert "a=end-of-candidates" in lines


async def test_rule_14_every_section_is_bundled_with_rtcp_mux_only(ask, published):
    sections = (media(direction="recvonly"), media(mid="1", direction="recvonly", **AUDIO))
    answer = (await ask("whep", offer(*sections), published)).text
    assert "a=group:BUNDLE 0 1\r\n" in answer
    assert answer.count("a=rtcp-mux\r\n") == answer.count("a=rtcp-mux-only\r\n") == 2


@pytest.mark.parametrize(
    "sections",
    [
        (media(), media(mid="1")),
        (media(), media(mid="1", **AUDIO)),
        (media(**AUDIO),),
        (media(codecs="a=rtpmap:96 VP8/90000"),),
    ],
)
async def test_rule_15_what_cannot_be_taken_whole_is_refused_with_422(ask, sections):
    assert (await ask("whip", offer(*sections))).status_code == 422


async def test_rule_15_a_viewer_gets_at_most_one_stream_of_a_kind(ask, published):
    sections = (media(direction="recvonly"), media(mid="1", direction="recvonly"))
    assert (await ask("whep", offer(*sections), published)).status_code == 422


async def test_rule_16_a_publisher_is_answered_recvonly(ask):
    assert "a=recvonly\r\n" in (await ask("whip", offer())).text


async def test_rule_16_a_viewer_is_answered_sendonly(ask, published):
    assert "a=sendonly\r\n" in (await ask("whep", viewer_offer(), published)).text


@pytest.mark.parametrize(("protocol", "direction"), [("whip", "recvonly"), ("whep", "sendonly")])
async def test_rule_16_the_wrong_direction_is_refused(ask, published, protocol, direction):
    answer = await ask(protocol, offer(media(direction=direction)), published)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("offered", "answered"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
)
async def test_rule_17_the_server_is_the_dtls_server_where_it_may(ask, offered, answered):
    answer = await ask("whip", offer(media(setup=offered)))
    assert f"a=setup:{answered}\r\n" in answer.text


async def test_rule_18_the_server_runs_full_ice(ask):
    assert "ice-lite" not in (await ask("whip", offer())).text


async def test_rule_19_overload_is_503_with_retry_after_and_touches_nobody(viewers_limited):
    streamer, watching, refused = viewers_limited
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert len(streamer.node.sessions) == 2
    seen = len(watching.pictures)
    await until(lambda: len(watching.pictures) > seen + 5, within_s=10, what="pictures go on")


@pytest.fixture
async def viewers_limited(film, monkeypatch):
    """A node for one viewer, which it has, and its answer to the second."""
    keep_instead_of_decode(monkeypatch)
    camera_id = uuid4()
    async with (
        running_streamer(viewers_max=1) as streamer,
        ffmpeg_publishing(streamer, camera_id, film),
    ):
        await streamer.until_published(camera_id)
        first, second = WhepViewer(streamer, camera_id), WhepViewer(streamer, camera_id, "b")
        await first.watch()
        await until(lambda: first.pictures, within_s=10, what="a picture comes")
        yield streamer, first, await second.ask()
        await first.leave()
        await second.leave()


async def test_rule_20_no_ice_servers_are_named_where_there_are_none(ask):
    assert "link" not in (await ask("whip", offer())).headers


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
        async with httpx.AsyncClient(base_url=streamer.url) as http:
            path, headers = f"/whep/{camera_id}", {**SDP, **bearer}
            first = await http.post(path, content=viewer_offer(), headers=headers)
            second = await http.post(path, content=viewer_offer(), headers=headers)
    assert (first.status_code, second.status_code) == (409, 429)
    assert int(second.headers["retry-after"]) > 0


async def test_rule_23_no_extension_is_required(ask):
    answer = await ask("whip", offer())
    assert "urn:ietf:params" not in answer.headers.get("link", "")


async def test_rule_24_a_viewer_before_the_publisher_gets_409_and_when_to_come_again(ask):
    answer = await ask("whep", viewer_offer())
    assert answer.status_code == 409
    assert int(answer.headers["retry-after"]) > 0


async def test_rule_26_events_are_not_offered(ask, published):
    assert "link" not in (await ask("whep", viewer_offer(), published)).headers


async def test_the_newest_publisher_of_a_camera_takes_over(streamer, ask, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)
        async with ffmpeg_publishing(streamer, camera_id, film):
            count = publication.units_total
            await until(
                lambda: publication.units_total > count + 30, within_s=20, what="pictures go on"
            )
            assert len(streamer.node.sessions) == 1
            assert streamer.publication(camera_id) is publication
