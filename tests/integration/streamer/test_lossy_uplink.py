"""A station whose link to the streamer loses packets: its viewers shall not notice."""

import re
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamer.packetizer import PAYLOAD_BYTES
from tests.parts.bad_link import Conditions, bad_link
from tests.parts.film import encode_film
from tests.parts.live_film import pictures_of
from tests.parts.live_publisher import publishing
from tests.parts.live_streamer import serving
from tests.parts.whep_viewer import ANSWERS_S, digest_of
from tests.waiting import until

_TRIES = 4
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
        async with httpx.AsyncClient(base_url=streamer.url, timeout=ANSWERS_S) as client:
            answer = await client.post(request.url.path, content=offer, headers=headers)
        text = re.sub(r" \d+ typ host", f" {link.port} typ host", answer.text)
        place = answer.headers.get("location")
        kept = {"location": f"{streamer.url}{place}"} if place else {}
        return Response(text, answer.status_code, kept, media_type="application/sdp")

    async with serving(Starlette(routes=[Route("/whip/{id}", pass_on, methods=["POST"])])) as port:
        yield f"http://127.0.0.1:{port}"


async def test_large_keyframes_come_whole_over_a_link_that_loses_packets(
    streamer, viewers, camera, film
):
    source = {digest_of(picture, is_slices_only=True) for picture in pictures_of(film)}
    assert max(map(len, pictures_of(film))) > 200 * PAYLOAD_BYTES
    camera_id = camera.plan.camera_id
    (port,) = streamer.node.ports
    async with (
        bad_link(port.number, UPLINK) as link,
        way_through(streamer, link) as url,
        publishing(streamer, camera, url),
    ):
        await streamer.until_published(camera_id, within_s=90)
        async with viewers(camera_id) as (viewer,):
            for _ in range(_TRIES):  # aiortc gives up what it is sent at once after a hold-up
                since = len(viewer.pictures)
                await until(
                    lambda n=since: len(viewer.pictures) >= n + 60, within_s=90, what="pictures"
                )
                seen = [digest_of(p, is_slices_only=True) for p in viewer.pictures[since:]]
                share_of_whole = sum(digest in source for digest in seen) / len(seen)
                if share_of_whole >= 0.97:
                    break
    assert link.lost > 20
    assert share_of_whole >= 0.97
