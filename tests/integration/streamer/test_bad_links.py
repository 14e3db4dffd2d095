"""Of two viewers one is behind a bad network: it is helped, and the other does not notice."""

from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from tests.parts.bad_link import Conditions, bad_link
from tests.parts.bad_link_scenarios import conditions_of
from tests.parts.live_film import pictures_of
from tests.parts.whep_viewer import WhepViewer, digest_of, keep_instead_of_decode
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until


@pytest.fixture
def source(film):
    return [digest_of(picture, is_slices_only=True) for picture in pictures_of(film)]


@pytest.fixture
def watching(streamer, film, monkeypatch):
    """A publication with a viewer behind a bad network, and a steady one."""
    keep_instead_of_decode(monkeypatch)

    @asynccontextmanager
    async def begin(conditions):
        camera_id = uuid4()
        async with ffmpeg_publishing(streamer, camera_id, film):
            publication = await streamer.until_published(camera_id)
            (port,) = streamer.node.ports
            async with bad_link(port.number, conditions) as link:
                behind = WhepViewer(streamer, camera_id, through=link)
                steady = WhepViewer(streamer, camera_id)
                try:
                    await behind.watch()
                    await steady.watch()
                    yield publication, link, behind, steady
                finally:
                    await behind.leave()
                    await steady.leave()

    return begin


def digests(viewer):
    return [digest_of(picture, is_slices_only=True) for picture in viewer.pictures]


def is_unbroken(seen, source):
    begin = source.index(seen[0])
    return seen == (source * 3)[begin : begin + len(seen)]


async def more(viewer, number, within_s=30):
    seen = len(viewer.pictures)
    await until(lambda: len(viewer.pictures) >= seen + number, within_s=within_s, what="pictures")


@pytest.mark.parametrize("name", ["loss_1", "loss_5"])
async def test_what_a_lossy_network_takes_is_repeated(watching, source, name):
    async with watching(conditions_of(name)) as (publication, link, behind, steady):
        await more(behind, 120)
        repeated = sum(viewer.counters.repeated_packets for viewer in publication.viewers)
        assert link.lost > 0
        assert repeated > 0
        assert share_of_whole(behind, source) > 0.9
        assert is_unbroken(digests(steady), source)
        assert publication.thinned_viewers == 0


def share_of_whole(viewer, source):
    """What arrived as it was sent. aiortc breaks a first picture whose packets overtook it."""
    seen = digests(viewer)
    return sum(digest in source for digest in seen) / len(seen)


async def test_delay_and_jitter_break_no_picture(watching, source):
    async with watching(conditions_of("jitter")) as (publication, _link, behind, steady):
        await more(behind, 80)
        assert share_of_whole(behind, source) > 0.9
        assert is_unbroken(digests(steady), source)
        assert publication.thinned_viewers == 0


async def test_a_narrow_network_gets_keyframes_and_nobody_else_notices(watching, source):
    async with watching(conditions_of("narrow")) as (publication, link, behind, steady):
        await until(lambda: publication.thinned_viewers == 1, within_s=30, what="it is thinned")
        assert link.lost > 0
        await more(behind, 1)
        await more(steady, 10)
        assert is_unbroken(digests(steady), source)


async def test_after_an_outage_the_same_session_goes_on(watching, source):
    async with watching(Conditions()) as (publication, link, behind, steady):
        await more(behind, 20)
        link.is_cut = True
        await more(steady, 100)
        link.is_cut = False
        await more(behind, 60)
        assert behind.peer.connectionState == "connected"
        assert len(publication.viewers) == 2
        assert digests(behind)[-1] in source
        assert is_unbroken(digests(steady), source)
