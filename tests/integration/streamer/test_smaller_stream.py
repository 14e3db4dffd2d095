"""A camera with two streams: whoever cannot be sent the one is sent the other."""

from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from uuid import uuid4

import httpx
import pytest
from aiortc import RTCRtpReceiver

from core.live_stream import LiveStream
from core.live_token import LiveAction
from streamer.packetizer import packetize
from tests.parts.bad_link import Conditions, bad_link
from tests.parts.bad_link_scenarios import conditions_of
from tests.parts.film import encode_film
from tests.parts.live_film import pictures_of
from tests.parts.sdp_offers import offer
from tests.parts.whep_viewer import ANSWERS_S, WhepViewer, keep_instead_of_decode, nals_of
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until, until_answer

SMALL = (
    "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10", "-t", "20", "-c:v", "libx264",
    "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "20",
    "-sc_threshold", "0", "-b:v", "60k", "-maxrate", "60k", "-bufsize", "60k",
)  # fmt: skip
"""A third of what 256 kbit/s carry."""
SLICES = (1, 5)


@pytest.fixture(scope="session")
def small_film(tmp_path_factory):
    return encode_film(tmp_path_factory.mktemp("film") / "small.mp4", *SMALL)


@pytest.fixture
def payloads(film, small_film):
    """What the packets of each stream carry."""
    return {name: payloads_of(path) for name, path in (("whole", film), ("smaller", small_film))}


def payloads_of(path):
    return {
        payload
        for picture in pictures_of(path)
        for payload in packetize([nal for nal in nals_of(picture) if nal[0] & 0x1F in SLICES])
    }


@pytest.fixture
def packets(monkeypatch):
    """The packets of aiortc's receivers as they come, by receiver.

    Its jitter buffer waits for those of a stream of which no more come; browsers go on with the
    next keyframe.
    """
    taken, handle = defaultdict(list), RTCRtpReceiver._handle_rtp_packet

    async def note(receiver, packet, arrival_time_ms):
        taken[receiver].append(packet)
        await handle(receiver, packet, arrival_time_ms)

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", note)
    keep_instead_of_decode(monkeypatch)
    return taken


@pytest.fixture
async def both(streamer, film, small_film):
    """A camera whose two streams are published, and the publisher of the smaller one."""
    camera_id = uuid4()
    async with (
        ffmpeg_publishing(streamer, camera_id, film),
        ffmpeg_publishing(streamer, camera_id, small_film, LiveStream.SMALLER) as publisher,
    ):
        await streamer.until_published(camera_id)
        await until(
            lambda: streamer.node.publications.smaller_of(camera_id), within_s=60, what="both"
        )
        yield camera_id, publisher


@pytest.fixture
def watching(streamer, packets):
    @asynccontextmanager
    async def begin(camera_id, link=None):
        async with WhepViewer(streamer, camera_id, through=link) as viewer:
            await viewer.join()
            yield viewer, packets[viewer.peer.getReceivers()[0]]

    return begin


async def until_told(viewer, share):
    await until_answer(lambda: said(viewer), share.__eq__, within_s=60, what=f"it gets {share}")


async def said(viewer):
    async with httpx.AsyncClient(timeout=ANSWERS_S) as client:
        return (await client.head(viewer.location)).headers["pollcam-share"]


def count_of(packets, known):
    return sum(packet.payload in known for packet in packets)


async def until_more(packets, known, number=40):
    since = len(packets)
    await until(
        lambda: count_of(packets[since:], known) >= number, within_s=60, what="a film goes on"
    )


def goes_forward(packets, ssrc):
    """Whether time never goes back from one number to the next."""
    first = next(packet.sequence_number for packet in packets if packet.ssrc == ssrc)
    by_number = {
        (packet.sequence_number - first + 0x8000) % 0x10000: packet.timestamp
        for packet in packets
        if packet.ssrc == ssrc
    }
    times = [time for _, time in sorted(by_number.items())]
    return all((later - sooner) % 2**32 < 2**31 for sooner, later in pairwise(times))


async def test_a_narrow_link_gets_the_smaller_stream_and_the_whole_one_once_it_is_wide(
    streamer, both, watching, payloads
):
    camera_id, _ = both
    smaller = streamer.publication(camera_id, LiveStream.SMALLER)
    async with AsyncExitStack() as stack:
        (port,) = streamer.node.ports
        link = await stack.enter_async_context(bad_link(port.number, conditions_of("narrow")))
        behind, had = await stack.enter_async_context(watching(camera_id, link))
        steady, had_all = await stack.enter_async_context(watching(camera_id))
        await until(lambda: smaller.thinned_viewers == 1, within_s=60, what="it is given less")
        await until_told(behind, "smaller")
        await until_more(had, payloads["smaller"])

        link.conditions = Conditions()
        await until(lambda: smaller.thinned_viewers == 0, within_s=120, what="it is given all")
        await until_more(had, payloads["whole"], 100)
        await until_told(behind, "whole")
        assert goes_forward(had, streamer.publication(camera_id).ssrc)

        await until_told(steady, "whole")
        assert count_of(had_all, payloads["smaller"]) == 0


async def test_whoever_watches_a_smaller_stream_that_ends_gets_keyframes(streamer, both, watching):
    camera_id, publisher = both
    whole = streamer.publication(camera_id)
    smaller = streamer.publication(camera_id, LiveStream.SMALLER)
    (port,) = streamer.node.ports
    async with (
        bad_link(port.number, conditions_of("narrow")) as link,
        watching(camera_id, link) as (behind, _),
    ):
        await until(lambda: smaller.thinned_viewers == 1, within_s=60, what="it is given less")
        publisher.terminate()
        await until(lambda: whole.thinned_viewers == 1, within_s=60, what="keyframes are left")
        await until_told(behind, "keyframes")


@pytest.mark.parametrize(
    ("action", "path", "status"),
    [
        (LiveAction.PUBLISH_SMALLER, "whip/{}", 403),
        (LiveAction.PUBLISH, "whip/{}/smaller", 403),
        (LiveAction.PUBLISH_SMALLER, "whip/{}/smaller", 201),
        (LiveAction.VIEW, "whep/{}/smaller", 404),
    ],
)
async def test_a_token_is_for_one_of_the_two(streamer, http, action, path, status):
    camera_id = uuid4()
    headers = {**streamer.bearer(camera_id, action), "content-type": "application/sdp"}
    answer = await http.post(path.format(camera_id), content=offer(), headers=headers)
    assert answer.status_code == status


async def test_each_stream_has_figures_of_its_own(streamer, both, http):
    camera_id, _ = both
    text = (await http.get("/metrics")).text
    for stream in LiveStream:
        labels = f'camera_id="{camera_id}",stream="{stream}"'
        assert f"pollcam_streamer_pictures_total{{{labels}}}" in text
