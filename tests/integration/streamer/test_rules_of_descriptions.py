"""The rules of WHIP (RFC 9725) and WHEP (draft 03), by their numbers: offers and answers."""

import pytest

from tests.parts.sdp_offers import (
    AUDIO,
    media,
    offer,
    viewer_offer,
)


async def test_rule_13_the_answer_has_all_candidates(ask):
    lines = (await ask("whip", offer())).text.splitlines()
    assert any(line.startswith("a=candidate:") for line in lines)
    assert "a=end-of-candidates" in lines


async def test_rule_14_every_section_is_bundled_with_rtcp_mux_only(ask_to_watch):
    sections = (media(direction="recvonly"), media(mid="1", direction="recvonly", **AUDIO))
    answer = (await ask_to_watch(offer(*sections))).text
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


async def test_rule_15_a_viewer_gets_at_most_one_stream_of_a_kind(ask_to_watch):
    sections = (media(direction="recvonly"), media(mid="1", direction="recvonly"))
    assert (await ask_to_watch(offer(*sections))).status_code == 422


async def test_rule_16_a_publisher_is_answered_recvonly(ask):
    assert "a=recvonly\r\n" in (await ask("whip", offer())).text


async def test_rule_16_a_viewer_is_answered_sendonly(ask_to_watch):
    assert "a=sendonly\r\n" in (await ask_to_watch(viewer_offer())).text


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
