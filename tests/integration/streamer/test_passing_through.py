"""Pictures reach viewers as the camera made them, from the last keyframe on."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import aioice

from core.clock import SystemClock
from streamer.rtp.rtcp import ReceptionReport
from streamer.thinning import WINDOWS_IN_A_ROW, Share
from tests.parts.live_film import GOP, is_unbroken, pictures_of
from tests.parts.live_publisher import publishing, unwished_publisher, wish_for
from tests.parts.whep_viewer import IDR, digest_of, nals_of
from tests.parts.whip_ffmpeg import ffmpeg_publishing
from tests.waiting import until, until_answer

_TRIES = 10


async def test_what_ffmpeg_publishes_arrives_unchanged(streamer, viewers, film):
    camera_id = uuid4()
    source = [digest_of(picture, is_slices_only=True) for picture in pictures_of(film)]
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        async with viewers(camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 60, within_s=60, what="60 pictures come")
            seen = [digest_of(picture, is_slices_only=True) for picture in viewer.pictures]
    assert source.index(seen[0]) % GOP == 0
    assert is_unbroken(seen, source)


async def test_ffmpeg_is_taken_in_though_it_answers_no_check(streamer, film, monkeypatch):
    """It answers none that comes after its own was answered, as on a node that is held up."""
    monkeypatch.setattr(aioice.Connection, "check_start", lambda *_: asyncio.Event().wait())
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)


async def test_what_our_agent_publishes_arrives_unchanged(streamer, viewers, camera):
    sent = []
    tap = camera.tap(capacity=2000, wake=lambda: None)
    async with publishing(streamer, camera):
        await streamer.until_published(camera.plan.camera_id)
        async with viewers(camera.plan.camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 60, within_s=60, what="60 pictures come")
            seen = [digest_of(picture) for picture in viewer.pictures]
    while (unit := tap.pop()) is not None:
        sent.append(digest_of(unit.data))
    begin = sent.index(seen[0])
    assert seen == sent[begin : begin + len(seen)]


async def test_a_late_viewer_starts_at_the_last_keyframe_at_once(streamer, viewers, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        publication = await streamer.until_published(camera_id)

        def newest_keyframe():
            return publication._ring.from_keyframe().number

        for _ in range(_TRIES):
            await until(
                lambda: publication.units_total - newest_keyframe() > GOP // 4,
                within_s=60,
                what="some of the GOP is over",
            )
            kept, past = newest_keyframe(), publication.units_total - newest_keyframe()
            async with viewers(camera_id) as (viewer,):
                await until(
                    lambda v=viewer, n=past: len(v.pictures) > n, within_s=60, what="the past comes"
                )
            assert nals_of(viewer.pictures[0])[-1][0] & 0x1F == IDR
            # It did not wait for the next keyframe, which is some seconds away.
            if newest_keyframe() == kept:
                return
    raise AssertionError("no viewer had the past before the next keyframe came")


async def test_three_viewers_get_the_same_pictures(streamer, viewers, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film):
        await streamer.until_published(camera_id)
        async with viewers(camera_id, count=3) as three:
            for viewer in three:
                await until(lambda v=viewer: v.pictures, within_s=60, what="a picture comes")
            # Whoever came last may have begun at a later keyframe.
            for viewer in three:
                seen = len(viewer.pictures)
                await until(
                    lambda v=viewer, n=seen: len(v.pictures) > n + 50, within_s=60, what="50 more"
                )
            digests = [[digest_of(p) for p in viewer.pictures] for viewer in three]
    beginning = digests[2][0]
    common = [seen[seen.index(beginning) :][:50] for seen in digests]
    assert len(common[0]) == 50
    assert common[0] == common[1] == common[2]


async def test_viewers_go_on_when_their_publisher_is_killed_and_returns(streamer, viewers, film):
    camera_id = uuid4()
    async with ffmpeg_publishing(streamer, camera_id, film) as first:
        publication = await streamer.until_published(camera_id)
        async with viewers(camera_id) as (viewer,):
            await until(lambda: len(viewer.pictures) > 10, within_s=60, what="pictures come")
            first.kill()
            await first.wait()
            seen = len(viewer.pictures)
            async with ffmpeg_publishing(streamer, camera_id, film):
                await until(
                    lambda: len(viewer.pictures) > seen + 30, within_s=60, what="pictures go on"
                )
                assert streamer.publication(camera_id) is publication
                assert viewer.peer.connectionState == "connected"


async def test_the_publisher_stops_when_it_is_no_longer_wished(streamer, camera):
    camera_id = camera.plan.camera_id
    async with unwished_publisher(camera) as publisher:
        await publish_again(publisher, streamer, camera_id)
        publisher.wish(None)
        await until(lambda: not publisher.is_publishing, within_s=60, what="it stops")
        await until(lambda: len(streamer.node.sessions) == 0, within_s=60, what="its session ends")
        await publish_again(publisher, streamer, camera_id)


async def publish_again(publisher, streamer, camera_id):
    """Wish for it, with a token for each try, until it publishes."""

    async def wished():
        publisher.wish(wish_for(streamer, camera_id))
        with suppress(AssertionError):
            await until(lambda: publisher.is_publishing, within_s=5, what="it begins")
        return publisher.is_publishing

    await until_answer(wished, bool, within_s=60, what="it publishes")


async def test_the_publisher_comes_back_when_its_session_is_lost(streamer, camera):
    camera_id = camera.plan.camera_id
    async with unwished_publisher(camera) as publisher:
        await publish_again(publisher, streamer, camera_id)
        for session in streamer.node.sessions:
            await streamer.node.sessions.end(session)
        await until(lambda: not publisher.is_publishing, within_s=60, what="it notices")
        await publish_again(publisher, streamer, camera_id)


async def test_capture_loses_nothing_while_its_camera_is_published(streamer, camera):
    async with publishing(streamer, camera):
        publication = await streamer.until_published(camera.plan.camera_id)
        before = publication.units_total
        await until(
            lambda: publication.units_total > before + 25, within_s=60, what="pictures come in"
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
            await until(lambda: len(narrow.pictures) > 30, within_s=60, what="pictures come")
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
            await until(lambda: publication.thinned_viewers == 1, within_s=60, what="it is thinned")
            whole = len(narrow.pictures)
            async with viewers(camera_id) as (steady,):
                # Its own reports are good: after a calm time it gets everything again.
                await until(lambda: not publication.thinned_viewers, within_s=60, what="calm")
                thin = len(narrow.pictures)
                await until(lambda: len(narrow.pictures) > thin + 60, within_s=60, what="all again")
                steadily = [digest_of(p, is_slices_only=True) for p in steady.pictures]
            seen = [digest_of(p, is_slices_only=True) for p in narrow.pictures]
    left_out = places_after_gaps(seen, source)
    assert left_out
    assert all(place % GOP == 0 for place in left_out)
    assert 0 < thin - whole < GOP
    assert is_unbroken(steadily, source)
