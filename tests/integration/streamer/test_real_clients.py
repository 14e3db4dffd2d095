"""Clients of other makers: each a process of its own that publishes or watches for real.

FFmpeg's WHIP muxer and Chromium are in most tests here; these are the others.
"""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

from core.live_token import LiveAction
from streamer.passthrough import CONSENT_S
from tests.parts.firefox import firefox_page
from tests.parts.libdatachannel import node_client
from tests.parts.live_film import FPS, pictures_of
from tests.parts.live_page import live_page
from tests.parts.live_streamer import running_streamer
from tests.parts.whep_viewer import digest_of
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.parts.whip_gstreamer import simple_whip_client
from tests.waiting import until

WITHIN_S = 60


@asynccontextmanager
async def networked_streamer(film=None, **settings):
    """A streamer on the machine's own addresses: not all clients take loopback for one."""
    camera_id = uuid4()
    async with running_streamer(public_address=(), **settings) as streamer:
        if film is None:
            yield streamer, camera_id
            return
        async with ffmpeg_publishing(streamer, camera_id, film):
            await streamer.until_published(camera_id)
            yield streamer, camera_id


def goodbyes(streamer, protocol):
    """Sessions that their clients ended by DELETE, as against those that were given up."""
    name, labels = "pollcam_streamer_sessions_ended_total", {"protocol": protocol}
    labels["cause"] = "deleted"
    return streamer.node.metrics.registry.get_sample_value(name, labels) or 0


async def pictures_go_on(streamer, camera_id, number=40):
    publication = await streamer.until_published(camera_id, within_s=WITHIN_S)
    before = publication.units_total
    await until(
        lambda: publication.units_total > before + number, within_s=WITHIN_S, what="pictures go on"
    )


DECODED_40 = """(async () => {
  while (true) {
    const peer = window.player?.connection?.peer;
    const found = peer ? [...(await peer.getStats()).values()] : [];
    const video = found.find((report) => report.type === "inbound-rtp" && report.kind === "video");
    if (video?.framesDecoded >= 40 && window.state.phase === "playing")
      return {phase: window.state.phase, state: peer.connectionState,
        packets: video.packetsReceived};
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
})()"""


async def test_stock_firefox_connects_receives_and_decodes_in_our_page(film, tmp_path):
    async with (
        networked_streamer(film) as (streamer, camera_id),
        live_page(streamer) as address,
        firefox_page(tmp_path) as page,
    ):
        await page.goto(f"{address}?camera={camera_id}")
        told = await page.evaluate(DECODED_40)
        assert (told["phase"], told["state"]) == ("playing", "connected")
        assert told["packets"] > 40
        await page.evaluate("window.player.stop()")
        await until(
            lambda: [s.direction for s in streamer.node.sessions] == ["whip"],
            within_s=0.9 * CONSENT_S,  # then it would be given up as one that is unheard of
            what="it has left",
        )


async def test_simple_whip_client_publishes_and_says_goodbye(tmp_path):
    relay = {"turn_urls": "turn:192.0.2.77:3478?transport=udp", "turn_secret": "secret"}
    async with networked_streamer(**relay) as (streamer, camera_id):
        token = streamer.token(camera_id, LiveAction.PUBLISH, "a station")
        url = f"{streamer.url}/whip/{camera_id}"
        async with simple_whip_client(url, token, tmp_path):
            await pictures_go_on(streamer, camera_id)
        await until(lambda: goodbyes(streamer, "whip") == 1, within_s=60, what="it said goodbye")
    # It reads the relays of an OPTIONS before its offer, as RFC 9725 section 4.6 lets it.
    assert "turn://" in (tmp_path / "whip-client.log").read_text("utf-8", "replace")


async def test_libdatachannel_watches_what_ffmpeg_publishes(film):
    async with networked_streamer(film) as (streamer, camera_id):
        url = f"{streamer.url}/whep/{camera_id}"
        token = partial(streamer.token, camera_id, LiveAction.VIEW)
        async with node_client("watch", url, token) as client:
            await until(
                lambda: client.told["packets"] > 200 and client.told["keyframes"] > 0,
                within_s=WITHIN_S,
                what="packets come, a keyframe among them",
            )
            assert client.told["state"] == "connected"
            publication = streamer.publication(camera_id)
            assert len(publication.viewers) == 1
        await until(lambda: goodbyes(streamer, "whep") == 1, within_s=60, what="it said goodbye")


async def test_what_libdatachannel_publishes_reaches_viewers_unchanged(
    streamer, viewers, film, monkeypatch
):
    camera_id, sent = uuid4(), pictures_of(film)
    token = partial(streamer.token, camera_id, LiveAction.PUBLISH, "a station")
    source = {digest_of(picture, is_slices_only=True) for picture in sent}
    async with (
        node_client("publish", f"{streamer.url}/whip/{camera_id}", token) as client,
        asyncio.TaskGroup() as tasks,
    ):
        sending = tasks.create_task(client.send(sent, FPS))
        await pictures_go_on(streamer, camera_id)
        async with viewers(camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 40, within_s=60, what="pictures come")
            assert {digest_of(p, is_slices_only=True) for p in viewer.pictures} <= source
        sending.cancel()
