"""libdatachannel by node-datachannel, as a publisher and as a viewer: what OBS is made of."""

import asyncio
import json
import os
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.structure.sources import ROOT

FOLDER = Path(os.environ.get("POLLCAM_TEST_NODE", ROOT / ".cache/parts/node"))
_SCRIPT = Path(__file__).with_name("node_client.mjs")
_TICKS_PER_S = 90_000
_END_S = 60


class NodeClient:
    """A process that watches or publishes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told = {"state": "new", "packets": 0, "keyframes": 0, "sent": 0}
        """What it said last."""

    async def listen(self) -> None:
        """Take what it says, until it ends."""
        while line := await self._process.stdout.readline():
            self.told = json.loads(line)

    async def send(self, pictures: list[bytes], fps: int) -> None:
        """Publish pictures in real time, over and over."""
        number = 0
        while True:
            picture = pictures[number % len(pictures)]
            ticks = number * _TICKS_PER_S // fps % 2**32
            self._process.stdin.write(struct.pack(">II", len(picture), ticks) + picture)
            await self._process.stdin.drain()
            await asyncio.sleep(1 / fps)
            number += 1


@asynccontextmanager
async def node_client(task: str, url: str, token: str) -> AsyncIterator[NodeClient]:
    """Run it for the time of the block; `task` is `watch` or `publish`."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules/node-datachannel").is_dir():
        pytest.skip("node-datachannel is missing: make parts, with node and npm installed")
    process = await asyncio.create_subprocess_exec(
        node, str(_SCRIPT), str(FOLDER), task, url, token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    client = NodeClient(process)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(client.listen())
        try:
            yield client
        finally:
            await _end(process)
            listening.cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
