"""What the front of a crew passes on, however many wait."""

import asyncio
import base64
from contextlib import asynccontextmanager
from types import SimpleNamespace
from uuid import UUID

import httpx
from starlette.requests import Request

from streamer.crew import front as fronts
from streamer.crew.front import Front
from streamer.crew.ledger import Ledger
from streamer.settings import StreamerSettings
from tests.fakes.clock import FakeClock

SETTINGS = StreamerSettings(api_public_key=base64.b64encode(bytes(range(32))).decode(), workers=2)


@asynccontextmanager
async def worker_that_lets_viewers_wait():
    """As one does whose camera nobody publishes."""
    arrived, over = asyncio.Event(), asyncio.Event()

    async def answer(reader, writer):
        if b"/whep/" in await reader.readuntil(b"\r\n\r\n"):
            arrived.set()
            await over.wait()
        writer.write(b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield SimpleNamespace(number=0, is_alive=True, url=url), arrived
        over.set()


def offer_to(protocol):
    path = f"/{protocol}/{UUID(int=7)}"
    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    return Request({**scope, "scheme": "http", "server": ("front", 80), "client": None})


async def test_a_publisher_is_let_through_while_every_connection_of_viewers_waits(monkeypatch):
    for name in ("_CONNECTIONS", "_WAITING"):
        monkeypatch.setattr(fronts, name, httpx.Limits(max_connections=1))
    async with worker_that_lets_viewers_wait() as (worker, arrived):
        front = Front([worker], SETTINGS, Ledger(SETTINGS.limits), FakeClock())
        async with front.client, front.client_of_viewers, asyncio.TaskGroup() as tasks:
            waiting = [
                tasks.create_task(front._forward(offer_to("whep"), worker, b"")) for _ in range(3)
            ]
            async with asyncio.timeout(30):
                await arrived.wait()
                answer = await front._forward(offer_to("whip"), worker, b"")
            assert answer.status_code == 409
            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
