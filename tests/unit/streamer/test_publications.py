"""Who comes to watch just before the publisher."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from core.live_stream import StreamKey
from streamer import publications as module
from streamer.egress import SendDesk
from streamer.errors import NoPublicationError
from streamer.publication import SILENT_S
from streamer.publications import Publications
from streamer.rtp.access_unit import AccessUnit
from tests.fakes.clock import FakeClock

CAMERA = UUID(int=1)
KEYFRAME = AccessUnit(
    nals=(bytes.fromhex("6742c01edb"), bytes.fromhex("68ce3c80"), b"\x65\x88"),
    timestamp=0,
    is_keyframe=True,
)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def publications(clock):
    async with asyncio.TaskGroup() as tasks:
        made = Publications(tasks, clock, timedelta(seconds=5), SendDesk())
        yield made
        made.end_all()


async def test_a_viewer_that_comes_a_little_early_is_kept_waiting(publications):
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(publications.expect(CAMERA))
        await asyncio.sleep(0)
        assert not waiting.done()
        publication = publications.begin(StreamKey(CAMERA))
        publication.ask_keyframe = lambda: None
        publication.accept(KEYFRAME)
    assert waiting.result() is publication


async def test_a_viewer_is_not_kept_waiting_for_ever(publications, monkeypatch):
    monkeypatch.setattr(module, "EXPECTED_S", 0.01)
    with pytest.raises(NoPublicationError) as refused:
        await publications.expect(CAMERA)
    assert refused.value.retry_after_s > 0


async def test_what_is_kept_of_a_camera_that_fell_silent_is_not_shown_as_live(publications, clock):
    publication = publications.begin(StreamKey(CAMERA))
    publication.ask_keyframe = lambda: None
    publication.accept(KEYFRAME)
    assert publications.find(CAMERA) is publication
    clock.advance(SILENT_S + 0.1)
    with pytest.raises(NoPublicationError):
        publications.find(CAMERA)
    publication.accept(KEYFRAME)
    assert publications.find(CAMERA) is publication
