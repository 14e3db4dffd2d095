"""A station whose link to the streamer loses packets: its viewers shall not notice."""

import asyncio
import re
from contextlib import asynccontextmanager
from random import Random

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.clock import SystemClock
from core.live_stream import StreamKey
from core.live_token import LiveAction
from core.wire.heartbeat import PublishWish
from recorder.live.publisher import Publisher
from streamer.packetizer import PAYLOAD_BYTES
from tests.parts.bad_link import Conditions, bad_link
from tests.parts.film import encode_film
from tests.parts.live_film import pictures_of
from tests.parts.live_streamer import serving
from tests.parts.whep_viewer import digest_of
from tests.waiting import until

UPLINK = Conditions(loss=0.02, delay_s=0.03)
LARGE = (
    "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=10", "-t", "10", "-vf",
    "noise=alls=12:all_seed=1", "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline",
    "-pix_fmt", "yuv420p", "-g", "20", "-sc_threshold", "0", "-qp", "27",
)  # fmt: skip


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """Noise in a still scene: a keyframe has more packets than aiortc remembers by itself."""
    return encode_film(tmp_path_factory.mktemp("film") / "large.mp4", *LARGE)


@asynccontextmanager
async def way_through(streamer, link):
    """The streamer's face, as it is reached by a network that has the link in its middle."""

    async def pass_on(request: Request) -> Response:
        offer = re.sub(r"a=candidate:.*\r\n", "", (await request.body()).decode())
        headers = {name: request.headers[name] for name in ("authorization", "content-type")}
        async with httpx.AsyncClient(base_url=streamer.url) as client:
            answer = await client.post(request.url.path, content=offer, headers=headers)
        text = re.sub(r" \d+ typ host", f" {link.port} typ host", answer.text)
        kept = {"location": f"{streamer.url}{answer.headers['location']}"}
        return Response(text, answer.status_code, kept, media_type="application/sdp")

    async with serving(Starlette(routes=[Route("/whip/{id}", pass_on, methods=["POST"])])) as port:
        yield f"http://127.0.0.1:{port}"


async def test_large_keyframes_come_whole_over_a_link_that_loses_packets(
    streamer, viewers, camera, film
):
    source = {digest_of(picture, is_slices_only=True) for picture in pictures_of(film)}
    assert max(map(len, pictures_of(film))) > 200 * PAYLOAD_BYTES
    camera_id, clock = camera.plan.camera_id, SystemClock()
    token = streamer.token(camera_id, LiveAction.PUBLISH, "a station")
    (port,) = streamer.node.ports
    async with (
        bad_link(port.number, UPLINK) as link,
        way_through(streamer, link) as url,
        httpx.AsyncClient() as client,
        asyncio.TaskGroup() as tasks,
    ):
        publisher = Publisher(StreamKey(camera_id), camera, client, clock, Random(1))
        running = tasks.create_task(publisher.run())
        publisher.wish(
            PublishWish(camera_id=camera_id, whip_url=f"{url}/whip/{camera_id}", token=token)
        )
        await streamer.until_published(camera_id, within_s=90)
        async with viewers(camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) >= 60, within_s=90, what="pictures come")
            seen = [digest_of(picture, is_slices_only=True) for picture in viewer.pictures]
        running.cancel()
    assert link.lost > 20
    assert sum(digest in source for digest in seen) >= 0.97 * len(seen)
