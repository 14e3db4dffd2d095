"""Of two viewers one is behind a bad network: it is helped, and the other does not notice."""

from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest

from streamer.playout import PLAYOUT_DELAY
from tests.parts.bad_link import Conditions, bad_link
from tests.parts.bad_link_scenarios import conditions_of
from tests.parts.live_film import pictures_of
from tests.parts.sdp_offers import H264, viewer_offer
from tests.parts.whep_viewer import (
    IDR,
    WhepViewer,
    digest_of,
    keep_instead_of_decode,
    nals_of,
)
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
            async with (
                bad_link(port.number, conditions) as link,
                WhepViewer(streamer, camera_id, through=link) as behind,
                WhepViewer(streamer, camera_id) as steady,
            ):
                await behind.watch()
                await steady.watch()
                yield publication, link, behind, steady

    return begin


REPEATED = f"{H264}\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\na=extmap:5 {PLAYOUT_DELAY}"


async def test_a_viewer_is_answered_a_stream_for_what_it_loses(ask, published):
    offered = viewer_offer(formats="96 97", codecs=REPEATED)
    lines = (await ask("whep", offered, published)).text.splitlines()
    (group,) = [line.split(" ")[1:] for line in lines if line.startswith("a=ssrc-group:FID ")]
    assert "a=fmtp:97 apt=96" in lines
    assert f"a=extmap:5 {PLAYOUT_DELAY}" in lines
    assert [f"a=ssrc:{ssrc} cname:pollcam" in lines for ssrc in group] == [True, True]


@pytest.mark.parametrize("number", ["0", "15", "five", "-1", "5\u0664"])
async def test_an_extension_under_an_odd_number_is_passed_over(ask, published, number):
    offered = viewer_offer(formats="96 97", codecs=REPEATED.replace("extmap:5", f"extmap:{number}"))
    answer = await ask("whep", offered, published)
    assert answer.status_code == 201
    assert "extmap" not in answer.text


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


def share_of_whole(viewer, source):
    """What arrived as it was sent. aiortc breaks a first picture whose packets overtook it."""
    seen = digests(viewer)
    return sum(digest in source for digest in seen) / len(seen)


async def test_delay_and_jitter_break_no_picture(watching, source):
    async with watching(conditions_of("jitter")) as (_, _link, behind, steady):
        await more(behind, 80)
        assert share_of_whole(behind, source) > 0.9
        assert is_unbroken(digests(steady), source)


async def test_a_narrow_network_gets_keyframes_and_nobody_else_notices(watching, source):
    async with watching(conditions_of("narrow")) as (publication, link, behind, steady):
        await until(lambda: publication.thinned_viewers == 1, within_s=30, what="it is thinned")
        assert link.lost > 0
        async with httpx.AsyncClient() as client:
            said = [await client.head(viewer.location) for viewer in (behind, steady)]
        assert [answer.headers["pollcam-share"] for answer in said] == ["keyframes", "whole"]
        await more(behind, 1)
        await more(steady, 10)
        assert is_unbroken(digests(steady), source)


async def test_who_lost_the_picture_gets_the_last_keyframe_again(watching, source):
    async with watching(Conditions()) as (publication, _link, behind, steady):
        await more(behind, 40)
        assert len(set(keyframes(behind))) == len(keyframes(behind))
        publication.ask_keyframe = None  # as with a camera that makes none when it is asked
        await behind.ask_keyframe()
        await until(
            lambda: len(set(keyframes(behind))) < len(keyframes(behind)),
            within_s=30,
            what="one comes again, before the film does",
        )
        for _ in range(20):
            await behind.ask_keyframe()
        await more(behind, 60)
        await more(steady, 10)
        assert len(keyframes(behind)) - len(set(keyframes(behind))) < 5
        assert is_unbroken(digests(steady), source)


def keyframes(viewer):
    pictures = zip(viewer.pictures, digests(viewer), strict=True)
    return [
        digest for picture, digest in pictures if any(n[0] & 0x1F == IDR for n in nals_of(picture))
    ]


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
