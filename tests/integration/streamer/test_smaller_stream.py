"""A camera with two streams: whoever cannot be sent the one is sent the other."""

from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import pytest

from core.live_stream import LiveStream
from core.live_token import LiveAction
from tests.parts.bad_link import Conditions, bad_link
from tests.parts.bad_link_scenarios import conditions_of
from tests.parts.film import encode_film
from tests.parts.live_film import pictures_of
from tests.parts.sdp_offers import publisher_offer
from tests.parts.whep_viewer import WhepViewer, digest_of, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until

SMALL = (
    "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10", "-t", "20", "-c:v", "libx264",
    "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "20",
    "-sc_threshold", "0", "-b:v", "60k", "-maxrate", "60k", "-bufsize", "60k",
)  # fmt: skip
"""A third of what 256 kbit/s carry."""


@pytest.fixture(scope="session")
def small_film(tmp_path_factory):
    return encode_film(tmp_path_factory.mktemp("film") / "small.mp4", *SMALL)


@pytest.fixture
def digests(film, small_film):
    return {
        name: {digest_of(picture, is_slices_only=True) for picture in pictures_of(path)}
        for name, path in (("whole", film), ("smaller", small_film))
    }


def seen(viewer, digests, since):
    """Of what was seen since then, how much is of which stream."""
    shown = [digest_of(picture, is_slices_only=True) for picture in viewer.pictures[since:]]
    return {name: sum(digest in known for digest in shown) for name, known in digests.items()}


async def said(viewer):
    async with httpx.AsyncClient() as client:
        return (await client.head(viewer.location)).headers["pollcam-share"]


@pytest.mark.timeout(150)
async def test_a_narrow_link_gets_the_smaller_stream_and_the_whole_one_once_it_is_wide(
    streamer, film, small_film, digests, monkeypatch
):
    keep_instead_of_decode(monkeypatch)
    camera_id = uuid4()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(ffmpeg_publishing(streamer, camera_id, film))
        beside = ffmpeg_publishing(streamer, camera_id, small_film, LiveStream.SMALLER)
        publisher = await stack.enter_async_context(beside)
        await streamer.until_published(camera_id)
        await until(
            lambda: streamer.node.publications.smaller_of(camera_id),
            within_s=20,
            what="both are published",
        )
        smaller = streamer.publication(camera_id, LiveStream.SMALLER)
        narrow = conditions_of("narrow")
        (port,) = streamer.node.ports
        link = await stack.enter_async_context(bad_link(port.number, narrow))
        behind = WhepViewer(streamer, camera_id, through=link)
        steady = WhepViewer(streamer, camera_id)
        for viewer in (behind, steady):
            stack.push_async_callback(viewer.leave)
            await viewer.watch()

        await until(lambda: smaller.thinned_viewers == 1, within_s=40, what="it is given less")
        assert await said(behind) == "smaller"
        since = len(behind.pictures)
        await until(
            lambda: seen(behind, digests, since)["smaller"] >= 40,
            within_s=40,
            what="a film, not a picture in four seconds",
        )
        assert await said(steady) == "whole"
        assert seen(steady, digests, 0)["smaller"] == 0

        link.conditions = Conditions()
        await until(lambda: smaller.thinned_viewers == 0, within_s=60, what="it is given all")
        since = len(behind.pictures)
        await until(
            lambda: seen(behind, digests, since)["whole"] >= 40, within_s=40, what="the whole film"
        )
        assert await said(behind) == "whole"

        link.conditions = narrow
        await until(lambda: smaller.thinned_viewers == 1, within_s=60, what="less once more")
        publisher.terminate()
        await until(
            lambda: streamer.publication(camera_id).thinned_viewers == 1,
            within_s=30,
            what="without a smaller stream, keyframes are left",
        )
        assert await said(behind) == "keyframes"


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
    answer = await http.post(path.format(camera_id), content=publisher_offer(), headers=headers)
    assert answer.status_code == status


async def test_a_publisher_of_one_stream_does_not_end_that_of_the_other(streamer, film, small_film):
    camera_id = uuid4()
    async with (
        ffmpeg_publishing(streamer, camera_id, small_film, LiveStream.SMALLER),
        ffmpeg_publishing(streamer, camera_id, film),
    ):
        await streamer.until_published(camera_id)
        await until(
            lambda: streamer.node.publications.smaller_of(camera_id), within_s=20, what="both"
        )
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{streamer.url}/metrics")).text
        for stream in ("main", "smaller"):
            labels = f'camera_id="{camera_id}",stream="{stream}"'
            assert f"pollcam_streamer_pictures_total{{{labels}}}" in text
