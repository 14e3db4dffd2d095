"""The agent's publisher of one camera, wished for as by the answers to heartbeats."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from uuid import UUID

import httpx

from core.clock import SystemClock
from core.live_stream import StreamKey
from core.live_token import LiveAction
from core.wire.heartbeat import PublishWish
from recorder.camera import Camera
from recorder.live.publisher import Publisher
from tests.parts.live_streamer import LiveStreamer

_BETWEEN_WISHES_S = 2.0


def wish_for(streamer: LiveStreamer, camera_id: UUID, url: str = "") -> PublishWish:
    """That it is published there, by a fresh token; `url`: how the streamer is reached."""
    return PublishWish(
        camera_id=camera_id,
        whip_url=f"{url or streamer.url}/whip/{camera_id}",
        token=streamer.token(camera_id, LiveAction.PUBLISH, "a station"),
    )


@asynccontextmanager
async def unwished_publisher(camera: Camera) -> AsyncIterator[Publisher]:
    """Runs for the time of the block; what is wished is said there."""
    key = StreamKey(camera.plan.camera_id)
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        publisher = Publisher(key, camera, client, SystemClock(), Random(1))
        running = tasks.create_task(publisher.run())
        yield publisher
        running.cancel()


@asynccontextmanager
async def publishing(
    streamer: LiveStreamer, camera: Camera, url: str = ""
) -> AsyncIterator[Publisher]:
    """Wishes again and again: whose first token was spent in vain has the next one soon."""

    async def beat() -> None:
        while True:
            publisher.wish(wish_for(streamer, camera.plan.camera_id, url))
            await asyncio.sleep(_BETWEEN_WISHES_S)

    async with unwished_publisher(camera) as publisher, asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(beat())
        yield publisher
        beating.cancel()
