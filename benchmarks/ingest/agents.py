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
from recorder.live.publisher import Publisher
from recorder.recording import Recording
from recorder.sources.address import read_address

TAKEN = "all are taken in"
_BEGIN_S = 30.0


async def publish(address: str, targets: Sequence[tuple[str, str]], spool: Path) -> None:
    """Publish a camera's address to each WHIP endpoint with its token, for ever.

    Says so on standard output when all endpoints have taken it.

    Raises:
        TimeoutError: One has not.
    """
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
    publishers: list[Publisher] = []
    try:
        async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
            for plan, (url, token) in zip(plans, targets, strict=True):
                camera = recording.cameras[plan.camera_id]
                publisher = Publisher(StreamKey(plan.camera_id), camera, client, clock, Random(1))
                publishers.append(publisher)
                tasks.create_task(publisher.run())
                publisher.wish(
                    PublishWish(camera_id=plan.camera_id, whip_url=url, token=token or "none")
                )
            await _until_taken(publishers)
            print(TAKEN, flush=True)
    finally:
        await asyncio.to_thread(recording.stop)


async def _until_taken(publishers: Sequence[Publisher]) -> None:
    async with asyncio.timeout(_BEGIN_S):
        while not all(publisher.is_publishing for publisher in publishers):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


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
