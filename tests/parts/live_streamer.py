"""A real streamer in the test's own event loop, on a port of its own."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from core.clock import SystemClock
from core.live_stream import LiveStream, StreamKey
from core.live_token import LiveAction, sign_live_token
from streamer.app import build_app
from streamer.node import Node
from streamer.publication import Publication
from streamer.settings import StreamerSettings
from tests.waiting import until

NOBODY = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class LiveStreamer:
    """A streamer that answers."""

    port: int
    host: str = "127.0.0.1"
    key: Ed25519PrivateKey
    node: Node
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def token(
        self,
        camera_id: UUID,
        action: LiveAction,
        subject: str = "somebody",
        lifetime: timedelta = timedelta(minutes=5),
    ) -> str:
        """A bearer as the API signs it."""
        now_utc = self.clock.utc()
        return sign_live_token(self.key, camera_id, action, subject, now_utc, lifetime)[0]

    def bearer(self, camera_id: UUID, action: LiveAction, subject: str = "somebody") -> dict:
        """The header of a request."""
        return {"authorization": f"Bearer {self.token(camera_id, action, subject)}"}

    def publication(
        self, camera_id: UUID, stream: LiveStream = LiveStream.MAIN
    ) -> Publication | None:
        """What the node has of a camera."""
        key = StreamKey(camera_id, stream)
        found = [p for p in self.node.publications if p.key == key]
        return found[0] if found else None

    async def until_published(self, camera_id: UUID, within_s: float = 60.0) -> Publication:
        """Wait until a viewer could start."""

        def is_ready() -> bool:
            publication = self.publication(camera_id)
            return publication is not None and publication.is_ready

        await until(is_ready, within_s=within_s, what="the camera is published")
        return self.publication(camera_id)


def public_key_of(key: Ed25519PrivateKey) -> str:
    """As the settings want it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


@asynccontextmanager
async def running_streamer(
    key: Ed25519PrivateKey | None = None, **settings: object
) -> AsyncIterator[LiveStreamer]:
    """Serve for the time of the block; with a key of its own, or that of another one."""
    key = key or Ed25519PrivateKey.generate()
    chosen = {"public_address": "127.0.0.1", "requests_per_s": 1000.0, **settings}
    chosen.setdefault("requests_per_address_per_s", 1000.0)
    chosen.setdefault("listen_port", 0)
    settings = StreamerSettings(api_public_key=public_key_of(key), **chosen)
    app, host = build_app(settings, SystemClock()), settings.listen_host
    async with serving(app, host, settings.listen_port) as port:
        yield LiveStreamer(port=port, host=host, key=key, node=app.state.node)


@asynccontextmanager
async def serving(app: Starlette, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve an application in this loop; gives its port."""
    config = uvicorn.Config(app, host, port, log_config=None, access_log=False, lifespan="auto")
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # signals are pytest's
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.serve())
        await until(lambda: server.started or running.done(), within_s=60, what="it listens")
        try:
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            # Also where a test failed: sockets that are left open fail the next one.
            server.should_exit = True
            await asyncio.wait({running}, timeout=60)
