"""Many viewers come and leave, in each way in which viewers leave: nothing of them stays."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.soak.visits import Visits, make_visits
from core.live_token import LiveAction
from streamer import link, passthrough
from tests.parts.live_streamer import running_streamer
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until

VISITS = 200


def sockets():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def soon_forgotten(monkeypatch):
    """Who is silent is given up within seconds, but for FFmpeg, which speaks every five."""
    monkeypatch.setattr(passthrough, "CONSENT_EVERY_S", 2.0)
    monkeypatch.setattr(passthrough, "CONSENT_S", 12.0)
    monkeypatch.setattr(link, "CONNECT_S", 12.0)


@pytest.mark.usefixtures("soon_forgotten")
async def test_two_hundred_visits_leave_no_socket_no_task_and_no_name_behind(film):
    camera_id = uuid4()
    async with (
        running_streamer(viewers_per_account_max=2000) as streamer,
        ffmpeg_publishing(streamer, camera_id, film),
    ):
        publication = await streamer.until_published(camera_id)
        node = streamer.node

        async def visit(count):
            visits = Visits(
                f"{streamer.url}/whep/{camera_id}", streamer.bearer(camera_id, LiveAction.VIEW)
            )
            await make_visits(visits, count, per_s=100, at_once=16)
            await visits.close()
            assert visits.tally.failures == {}
            await until(lambda: len(node.sessions) == 1, within_s=60, what="they are forgotten")

        await visit(4)  # what a first visit makes for all is made before it is counted
        before = sockets(), len(asyncio.all_tasks())
        await visit(VISITS)
        await until(
            lambda: sockets() <= before[0] and len(asyncio.all_tasks()) <= before[1],
            within_s=60,
            what=f"{before} sockets and tasks as before",
        )
        assert publication.viewers == ()
        assert node.occupancy.viewers == 0
        publishers = len(node.sessions)
        for port in node.ports:
            assert len(port._by_ufrag) == len(port._addresses) == publishers
            assert set(port._by_address.values()) <= set(port._by_ufrag.values())
