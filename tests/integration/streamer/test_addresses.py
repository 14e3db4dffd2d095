"""Which addresses peers are told, and that they are reached there: IPv4, IPv6, behind NAT."""

import re
import socket

import httpx
import pytest

from core.live_token import LiveAction
from streamer import passthrough
from tests.parts.free_port import free_port
from tests.parts.live_publisher import publishing
from tests.parts.live_streamer import running_streamer
from tests.parts.sdp_offers import SDP, offer
from tests.parts.whep_viewer import ANSWERS_S, WhepViewer, keep_instead_of_decode
from tests.waiting import until

ANYWHERE = ("0.0.0.0", "::")


async def candidates_of(**settings):
    """Address and port of each candidate in an answer, and the ports of the streamer."""
    async with (
        running_streamer(**settings) as streamer,
        httpx.AsyncClient(timeout=ANSWERS_S) as http,
    ):
        camera_id = "7d4fba0c-4bd3-4b5d-9c55-6d5e1cd3e0a1"
        bearer = streamer.bearer(camera_id, LiveAction.PUBLISH)
        url = f"{streamer.url}/whip/{camera_id}"
        answer = await http.post(url, content=offer(), headers={**SDP, **bearer})
        ports = {port.host: port.number for port in streamer.node.ports}
    found = re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", answer.text)
    return {address: int(port) for address, port in found}, ports


async def test_peers_are_told_the_public_addresses_of_both_families():
    told, ports = await candidates_of(public_address=("203.0.113.5", "2001:db8::5"))
    assert told == {"203.0.113.5": ports["0.0.0.0"], "2001:db8::5": ports["::"]}


async def test_an_own_address_of_each_family_can_be_chosen():
    told, ports = await candidates_of(public_address="127.0.0.1,::1")
    assert told == ports
    assert set(told) == {"127.0.0.1", "::1"}


async def test_all_sessions_share_the_one_port_of_the_settings():
    port = free_port(socket.SOCK_DGRAM)
    told, ports = await candidates_of(udp_port=port)
    assert told == ports == {"127.0.0.1": port}


async def test_no_candidate_is_a_wildcard():
    told, _ = await candidates_of(public_address=())
    assert told
    assert not set(told) & set(ANYWHERE)


@pytest.fixture
async def over_ipv6(camera):
    """A streamer that is reached by IPv6 alone, with our publisher on it."""
    camera_id = camera.plan.camera_id
    async with (
        running_streamer(listen_host="::1", public_address="::1") as streamer,
        publishing(streamer, camera),
    ):
        await streamer.until_published(camera_id)
        yield streamer, camera_id


async def test_everything_works_over_ipv6_alone(over_ipv6, monkeypatch):
    keep_instead_of_decode(monkeypatch)
    streamer, camera_id = over_ipv6
    async with WhepViewer(streamer, camera_id) as viewer:
        await viewer.join()
        await until(lambda: len(viewer.pictures) > 20, within_s=60, what="pictures come")
        ways = {session.link.way[1][0] for session in streamer.node.sessions}
        assert all(":" in address for address in ways)


async def test_rule_12_a_session_ends_when_its_peer_is_unheard_of(streamer, published, monkeypatch):
    keep_instead_of_decode(monkeypatch)
    async with WhepViewer(streamer, published) as viewer:
        await viewer.join()
        await until(lambda: viewer.pictures, within_s=60, what="a picture comes")
        # Not before: who is held while it connects would be given up, too.
        monkeypatch.setattr(passthrough, "CONSENT_EVERY_S", 0.2)
        monkeypatch.setattr(passthrough, "CONSENT_S", 1.0)
        connection = viewer.peer.getReceivers()[0].transport.transport._connection
        for protocol in connection._protocols:
            protocol.transport.close()  # as a machine does that is switched off: without a word
        await until(
            lambda: "whep" not in [s.direction for s in streamer.node.sessions],
            within_s=60,
            what="the viewer's session has ended",
        )
