"""Viewers and stations behind a router that lets no UDP out, through a real coturn."""

import asyncio
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from core.clock import SystemClock
from core.live_token import LiveAction
from streamer.ice_servers import Relays, links_of
from tests.parts.closed_network import closed_network
from tests.parts.coturn import SECRET, running_coturn
from tests.parts.live_page import PLAYING, chromium_on
from tests.parts.live_streamer import running_streamer
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.stage.browser import CHROMIUM
from tests.structure.sources import ROOT
from tests.waiting import until

WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def network():
    with closed_network() as made:
        yield made


@pytest.fixture(scope="module")
def coturn(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("coturn")
    with running_coturn(folder, network.centre, allowed_peer=network.centre) as running:
        yield running


@pytest.fixture
def streamer_with(network):
    """Runs a streamer that names these relays."""

    def run(*urls):
        return running_streamer(
            listen_host=network.centre,
            public_address=network.centre,
            turn_urls=urls,
            turn_secret=SECRET if urls else "",
        )

    return run


@asynccontextmanager
async def page_at_site(network, streamer, camera_id, folder):
    async with chromium_on(streamer, network.wrapper(CHROMIUM, folder)) as open_page:
        yield await open_page(camera_id)


CHOSEN = """async () => {
  const found = [...(await window.player.connection.peer.getStats()).values()];
  const pair = found.find((report) => report.type === "candidate-pair" && report.nominated);
  const local = found.find((report) => report.id === pair.localCandidateId);
  return [local.candidateType, local.relayProtocol];
}"""


async def test_a_page_without_udp_watches_through_turn_over_tcp(
    network, coturn, streamer_with, film, tmp_path
):
    camera_id = uuid4()
    async with (
        streamer_with(coturn.udp, coturn.tcp) as streamer,
        ffmpeg_publishing(streamer, camera_id, film),
    ):
        await streamer.until_published(camera_id)
        async with page_at_site(network, streamer, camera_id, tmp_path) as page:
            await page.wait_for_function(PLAYING, timeout=WITHIN_MS)
            assert await page.evaluate(CHOSEN) == ["relay", "tcp"]
            assert addresses_of(streamer, "whep") == {network.centre}
    assert network.dropped_datagrams > 0


def addresses_of(streamer, protocol):
    """Where the streamer sends to. The site's own address would show: nothing here translates."""
    ways = [s.link.way for s in streamer.node.sessions if s.direction == protocol]
    return {address[0] for _port, address in filter(None, ways)}


async def test_a_station_without_udp_publishes_through_turn_over_tls(
    network, coturn, streamer_with, film
):
    camera_id = uuid4()
    async with (
        streamer_with(coturn.udp, coturn.tls) as streamer,
        station_at_site(network, coturn, streamer, camera_id, film),
    ):
        publication = await streamer.until_published(camera_id, within_s=60)
        count = publication.units_total
        await until(
            lambda: publication.units_total > count + 30, within_s=60, what="pictures go on"
        )
        assert addresses_of(streamer, "whip") == {network.centre}


@asynccontextmanager
async def station_at_site(network, coturn, streamer, camera_id, film):
    tokens = [streamer.token(camera_id, LiveAction.PUBLISH, "a station") for _ in range(30)]
    process = await asyncio.create_subprocess_exec(
        *network.command(sys.executable, "-m", "tests.parts.film_publisher"),
        str(film), f"{streamer.url}/whip/{camera_id}", *tokens,
        cwd=ROOT, env=os.environ | {"SSL_CERT_FILE": str(coturn.certificate)},
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        async with asyncio.timeout(60):
            await process.wait()


def test_an_expired_credential_begins_no_relay(coturn):
    assert "Cannot complete Allocation" in asked(coturn, coturn.host, lifetime=timedelta(hours=-2))


def test_a_credential_of_another_secret_begins_no_relay(coturn):
    assert "Cannot complete Allocation" in asked(coturn, coturn.host, secret="a guess")


def test_the_relay_leads_to_the_streamer_and_nowhere_else(coturn):
    assert "403" in asked(coturn, "203.0.113.9")
    assert "403" in asked(coturn, "127.0.0.1")


def asked(coturn, peer, *, lifetime=timedelta(hours=1), secret=SECRET):
    """What coturn's own client says when it wants to be relayed to a peer."""
    relays = Relays(urls=(coturn.tcp,), secret=secret.encode(), lifetime=lifetime)
    link = links_of(relays, "somebody", SystemClock().utc())
    told = dict(re.findall(r'([a-z]+)="([^"]*)"', link))
    done = subprocess.run(
        ("turnutils_uclient", "-t", "-n", "1", "-m", "1", "-e", peer, "-p", str(coturn.plain_port),
         "-u", told["username"], "-w", told["credential"], coturn.host),
        capture_output=True, check=False, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout + done.stderr
