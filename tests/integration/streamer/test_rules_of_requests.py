"""The rules of WHIP (RFC 9725) and WHEP (draft 03), by their numbers: requests and sessions."""

import re
from uuid import uuid4

import pytest

from tests.parts.sdp_offers import (
    CANDIDATE,
    FRAGMENT,
    SDP,
    fragment,
    offer,
    viewer_offer,
)
from tests.waiting import until


async def test_rule_01_an_offer_is_answered_with_201_sdp_and_the_location(ask):
    answer = await ask("whip", offer())
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/sdp")
    assert answer.text.startswith("v=0\r\n")
    assert re.fullmatch(r"/whip/sessions/[0-9a-f-]{36}", answer.headers["location"])


async def test_rule_01_holds_for_viewers_too(ask_to_watch):
    answer = await ask_to_watch(viewer_offer())
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


async def test_whether_there_is_a_session_can_be_asked(http, ask):
    begun = await ask("whip", offer())
    location = begun.headers["location"]
    assert (await http.head(location)).status_code == 200
    await http.delete(location, headers=begun.bearer)
    assert (await http.head(location)).status_code == 404
    assert (await http.head(location.replace("whip", "whep"))).status_code == 404


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
        await until(lambda: viewer.pictures, within_s=60, what="a picture comes")
        await http.delete(viewer.location, headers=viewer.bearer)
        await until(
            lambda: (
                viewer.peer.connectionState == "closed"
                or viewer.peer.getReceivers()[0].transport.state == "closed"
            ),
            within_s=60,
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
        await until(lambda: viewer.pictures, within_s=60, what="a picture comes")
        sent = {**viewer.bearer, **FRAGMENT}
        answer = await http.patch(viewer.location, content=fragment(ufrag="new1"), headers=sent)
        assert answer.status_code == 422
        seen = len(viewer.pictures)
        await until(lambda: len(viewer.pictures) > seen + 5, within_s=60, what="pictures go on")
