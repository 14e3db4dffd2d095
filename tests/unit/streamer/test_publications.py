"""Who comes to watch just before the publisher."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from core.clock import SystemClock
from streamer import publications as module
from streamer.egress import SendDesk
from streamer.errors import NoPublicationError
from streamer.publications import Publications

CAMERA = UUID(int=1)


@pytest.fixture
async def publications():
    async with asyncio.TaskGroup() as tasks:
        made = Publications(tasks, SystemClock(), timedelta(seconds=5), SendDesk())
        yield made
        made.end_all()


async def test_a_viewer_that_comes_a_little_early_is_kept_waiting(publications):
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(publications.expect(CAMERA))
        await asyncio.sleep(0)
        assert not waiting.done()
        publication = publications.begin(CAMERA)
        publication.ask_keyframe = lambda: None
        publication.profile = "42e01f"
    assert waiting.result() is publication


async def test_a_viewer_is_not_kept_waiting_for_ever(publications, monkeypatch):
    monkeypatch.setattr(module, "EXPECTED_S", 0.01)
    with pytest.raises(NoPublicationError) as refused:
        await publications.expect(CAMERA)
    assert refused.value.retry_after_s > 0
