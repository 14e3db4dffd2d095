"""Pictures reach viewers as the camera made them, from the last keyframe on."""

import asyncio
from contextlib import asynccontextmanager
from random import Random
from uuid import uuid4

import httpx

from core.clock import SystemClock
from core.live_stream import StreamKey
from core.live_token import LiveAction
from core.wire.heartbeat import PublishWish
from recorder.live.publisher import Publisher
from streamer.rtp.rtcp import ReceptionReport
from streamer.thinning import WINDOWS_IN_A_ROW, Share
from tests.parts.live_film import GOP, pictures_of
from tests.parts.whep_viewer import IDR, digest_of, nals_of
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until

PICTURE_WITHIN_S = 10


@asynccontextmanager
async def publishing(streamer, camera):
    """Our own publisher, with a wish; gives the publisher."""
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        publisher = Publisher(
            StreamKey(camera.plan.camera_id), camera, client, SystemClock(), Random(1)
        )
        running = tasks.create_task(publisher.run())
        publisher.wish(wish_for(streamer, camera.plan.camera_id))
        yield publisher
        running.cancel()


def wish_for(streamer, camera_id):
    token = streamer.token(camera_id, LiveAction.PUBLISH, "a station")
    return PublishWish(
        camera_id=camera_id, whip_url=f"{streamer.url}/whip/{camera_id}", token=token
    )


async def test_what_ffmpeg_publishes_arrives_unchanged(streamer, viewers, film):
    camera_id = uuid4()
    source = [digest_of(picture, is_slices_only=True) for picture in pictures_of(film)]
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        async with viewers(camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 60, within_s=20, what="60 pictures come")
            seen = [digest_of(picture, is_slices_only=True) for picture in viewer.pictures]
    begin = source.index(seen[0])
    assert begin % GOP == 0
    expected = (source * 2)[begin : begin + len(seen)]
    assert seen == expected


async def test_what_our_agent_publishes_arrives_unchanged(streamer, viewers, camera):
    sent = []
    tap = camera.tap(capacity=2000, wake=lambda: None)
    async with publishing(streamer, camera):
        await streamer.until_published(camera.plan.camera_id)
        async with viewers(camera.plan.camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 60, within_s=20, what="60 pictures come")
            seen = [digest_of(picture) for picture in viewer.pictures]
    while (unit := tap.pop()) is not None:
        sent.append(digest_of(unit.data))
    begin = sent.index(seen[0])
    assert seen == sent[begin : begin + len(seen)]


async def test_a_late_viewer_starts_at_the_last_keyframe_at_once(streamer, viewers, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)
        await until(
            lambda: publication.units_total > GOP // 2, within_s=20, what="the GOP is half over"
        )
        present = publication.units_total
        async with viewers(camera_id) as (viewer,):
            await until(lambda: viewer.pictures, within_s=PICTURE_WITHIN_S, what="a picture comes")
            kept = publication._ring.from_keyframe().number
            await until(
                lambda: len(viewer.pictures) > present - kept,
                within_s=PICTURE_WITHIN_S,
                what="the past comes",
            )
        assert nals_of(viewer.pictures[0])[-1][0] & 0x1F == IDR
        # It did not wait for the next keyframe, which is half a GOP, two seconds, away.
        assert publication._ring.from_keyframe().number == kept


async def test_three_viewers_get_the_same_pictures(streamer, viewers, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        async with viewers(camera_id, count=3) as three:
            for viewer in three:
                await until(
                    lambda viewer=viewer: len(viewer.pictures) > 50, within_s=20, what="50 pictures"
                )
            digests = [[digest_of(p) for p in viewer.pictures[:50]] for viewer in three]
    assert digests[0] == digests[1] == digests[2]


async def test_viewers_go_on_when_their_publisher_is_killed_and_returns(streamer, viewers, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film) as first:
        publication = await streamer.until_published(camera_id)
        async with viewers(camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 10, within_s=20, what="pictures come")
            first.kill()
            await first.wait()
            seen = len(viewer.pictures)
            async with ffmpeg_publishing(streamer, camera_id, film):
                await until(
                    lambda: len(viewer.pictures) > seen + 30, within_s=20, what="pictures go on"
                )
                assert streamer.publication(camera_id) is publication
                assert viewer.peer.connectionState == "connected"


async def test_the_publisher_stops_when_it_is_no_longer_wished(streamer, camera):
    camera_id = camera.plan.camera_id
    async with publishing(streamer, camera) as publisher:
        await streamer.until_published(camera_id)
        assert publisher.is_publishing
        publisher.wish(None)
        await until(lambda: not publisher.is_publishing, within_s=20, what="it stops")
        await until(lambda: len(streamer.node.sessions) == 0, within_s=20, what="its session ends")
        publisher.wish(wish_for(streamer, camera_id))
        await until(lambda: publisher.is_publishing, within_s=20, what="it begins again")


async def test_the_publisher_comes_back_when_its_session_is_lost(streamer, camera):
    camera_id = camera.plan.camera_id
    async with publishing(streamer, camera) as publisher:
        await streamer.until_published(camera_id)
        for session in streamer.node.sessions:
            await streamer.node.sessions.end(session)
        await until(lambda: not publisher.is_publishing, within_s=20, what="it notices")
        publisher.wish(wish_for(streamer, camera_id))
        await until(lambda: publisher.is_publishing, within_s=20, what="it comes back")


async def test_capture_loses_nothing_while_its_camera_is_published(streamer, camera):
    async with publishing(streamer, camera):
        publication = await streamer.until_published(camera.plan.camera_id)
        before = publication.units_total
        await until(
            lambda: publication.units_total > before + 25, within_s=20, what="pictures come in"
        )
    assert camera.report().dropped_packets_total == 0


def bad_report(publication, second):
    """Of a viewer that loses half of a hundred packets a second."""
    return ReceptionReport(
        ssrc=publication.ssrc,
        fraction_lost=0.5,
        lost_total=50 * second,
        highest_sequence=100 * second,
        jitter=0,
        last_sender_report=0,
        delay=0,
    )


def places_after_gaps(seen, source):
    """Where it goes on whenever something was left out; a picture may look like another."""
    place, found = source.index(seen[0]), []
    for digest in seen[1:]:
        place = (place + 1) % len(source)
        if source[place] != digest:
            place = source.index(digest)
            found.append(place)
    return found


async def test_a_viewer_on_a_narrow_link_gets_keyframes_and_later_everything_again(
    streamer, viewers, film
):
    camera_id = uuid4()
    source = [digest_of(picture, is_slices_only=True) for picture in pictures_of(film)]
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)
        async with viewers(camera_id) as (narrow,):
            await until(lambda: len(narrow.pictures) > 30, within_s=20, what="pictures come")
            (watching,) = publication.viewers
            now_s = SystemClock().monotonic_s()
            for second in range(WINDOWS_IN_A_ROW + 4):
                watching.note(
                    bad_report(publication, second),
                    middle_ntp=0,
                    whole_bps=1_000_000,
                    offered=(Share.WHOLE, Share.KEYFRAMES),
                    now_s=now_s + second,
                )
            await until(lambda: publication.thinned_viewers == 1, within_s=20, what="it is thinned")
            whole = len(narrow.pictures)
            async with viewers(camera_id) as (steady,):
                # Its own reports are good: after a calm time it gets everything again.
                await until(lambda: not publication.thinned_viewers, within_s=30, what="calm")
                thin = len(narrow.pictures)
                await until(lambda: len(narrow.pictures) > thin + 60, within_s=20, what="all again")
                steadily = [digest_of(p, is_slices_only=True) for p in steady.pictures]
            seen = [digest_of(p, is_slices_only=True) for p in narrow.pictures]
    left_out = places_after_gaps(seen, source)
    assert left_out
    assert all(place % GOP == 0 for place in left_out)
    assert 0 < thin - whole < GOP
    begin = source.index(steadily[0])
    assert steadily == (source * 3)[begin : begin + len(steadily)]
