"""libdatachannel by node-datachannel, as a publisher and as a viewer: what OBS is made of."""

import asyncio
import json
import os
import shutil
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.structure.sources import ROOT

FOLDER = Path(os.environ.get("POLLCAM_TEST_NODE", ROOT / ".cache/parts/node"))
_SCRIPT = Path(__file__).with_name("node_client.mjs")
_TICKS_PER_S = 90_000
_END_S = 60
_TRIES = 3


class NodeClient:
    """A process that watches or publishes."""

    def __init__(self, node: str, task: str, url: str, new_token: Callable[[], str]) -> None:
        self._command = (node, str(_SCRIPT), str(FOLDER), task, url)
        self._new_token = new_token
        self._process: asyncio.subprocess.Process | None = None
        self.told = {"state": "new", "packets": 0, "keyframes": 0, "sent": 0}
        """What it said last."""

    async def start(self) -> None:
        """Begin, or begin again."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, self._new_token(),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def listen(self) -> None:
        """Take what it says; the library now and then refuses an answer, and is asked again."""
        for _ in range(_TRIES):
            while line := await self._process.stdout.readline():
                self.told = json.loads(line)
            await self.start()

    async def send(self, pictures: list[bytes], fps: int) -> None:
        """Publish pictures in real time, over and over."""
        number = 0
        while True:
            picture = pictures[number % len(pictures)]
            ticks = number * _TICKS_PER_S // fps % 2**32
            with suppress(ConnectionError):  # between one process and the next
                self._process.stdin.write(struct.pack(">II", len(picture), ticks) + picture)
                await self._process.stdin.drain()
            await asyncio.sleep(1 / fps)
            number += 1

    async def end(self) -> None:
        """Let it say goodbye; wait until it is gone."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(_END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def node_client(
    task: str, url: str, new_token: Callable[[], str]
) -> AsyncIterator[NodeClient]:
    """Run it for the time of the block; `task` is `watch` or `publish`."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules/node-datachannel").is_dir():
        pytest.skip("node-datachannel is missing: make parts, with node and npm installed")
    client = NodeClient(node, task, url, new_token)
    await client.start()
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(client.listen())
        try:
            yield client
        finally:
            listening.cancel()
            await client.end()
