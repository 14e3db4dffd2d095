"""Our agent's publisher for many cameras in one process: its record path, tap and WHIP."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_stream import StreamKey
from core.logs import configure_logging
from core.wire.heartbeat import PublishWish
from recorder.camera import CameraPlan
from recorder.publisher import Publisher
from recorder.recording import Recording
from recorder.sources.address import read_address


async def publish(address: str, targets: Sequence[tuple[str, str]], spool: Path) -> None:
    """Publish a camera's address to each WHIP endpoint with its token, for ever."""
    plans = [
        CameraPlan(
            camera_id=uuid4(), position=position, source=read_address(address), segment_target_s=10
        )
        for position in range(1, len(targets) + 1)
    ]
    key, clock = Ed25519PrivateKey.generate(), SystemClock()
    recording = Recording(
        spool=spool, device_id=uuid4(), key=key, plans=plans, clock=clock, reserve_bytes=0
    )
    recording.start()
    try:
        async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
            for plan, (url, token) in zip(plans, targets, strict=True):
                camera = recording.cameras[plan.camera_id]
                publisher = Publisher(StreamKey(plan.camera_id), camera, client, clock, Random(1))
                tasks.create_task(publisher.run())
                publisher.wish(
                    PublishWish(camera_id=plan.camera_id, whip_url=url, token=token or "none")
                )
    finally:
        await asyncio.to_thread(recording.stop)


def main() -> int:
    """Publish until ended. Arguments: a camera's address, then URL and token of each camera."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("targets", nargs="+")
    chosen = parser.parse_args()
    configure_logging("ERROR")
    targets = list(zip(chosen.targets[::2], chosen.targets[1::2], strict=True))
    with TemporaryDirectory(prefix="bench-ingest-") as spool:
        asyncio.run(publish(chosen.address, targets, Path(spool)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
