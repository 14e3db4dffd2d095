"""Our own publisher as a process, for tests that put it into another network.

    python -m tests.parts.film_publisher FILM WHIP_URL TOKEN [TOKEN …]

It plays a film as a camera and publishes it; a fresh token comes every few seconds, as with the
heartbeats of a station.
"""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_stream import StreamKey
from core.wire.heartbeat import PublishWish
from recorder.camera import CameraPlan
from recorder.live.publisher import Publisher
from recorder.recording import Recording
from recorder.sources.address import read_address

_BETWEEN_WISHES_S = 2.0


async def _publish(film: str, url: str, tokens: list[str]) -> None:
    camera_id = UUID(url.rpartition("/")[2])
    plan = CameraPlan(
        camera_id=camera_id, position=1, source=read_address(film), segment_target_s=10
    )
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(
            spool=Path(folder),
            device_id=uuid4(),
            key=Ed25519PrivateKey.generate(),
            plans=[plan],
            clock=SystemClock(),
            reserve_bytes=0,
        )
        recording.start()
        async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
            camera = recording.cameras[camera_id]
            publisher = Publisher(StreamKey(camera_id), camera, client, SystemClock(), Random(1))
            tasks.create_task(publisher.run())
            for token in tokens:
                publisher.wish(PublishWish(camera_id=camera_id, whip_url=url, token=token))
                await asyncio.sleep(_BETWEEN_WISHES_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(_publish(sys.argv[1], sys.argv[2], sys.argv[3:]))
