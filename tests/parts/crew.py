"""Two worker processes behind one address, as `pollcam streamer serve` starts them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from uuid import UUID

import httpx
import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_token import LiveAction, sign_live_token
from streamer.crew.assignment import worker_of_camera
from tests.parts.free_port import free_port
from tests.parts.live_streamer import NOBODY, public_key_of
from tests.parts.whep_viewer import ANSWERS_S
from tests.waiting import until_answer

ON_WORKER = [
    [UUID(int=n) for n in range(1, 20) if worker_of_camera(UUID(int=n), (0, 1)) == worker]
    for worker in (0, 1)
]
"""Cameras by their worker."""

_TRIES = 3
_BEGIN_S = 120
_END_S = 60


@dataclass(frozen=True, kw_only=True)
class Crew:
    """A streamer of two workers; as much of `LiveStreamer` as viewers and publishers ask for."""

    url: str
    key: Ed25519PrivateKey
    process: asyncio.subprocess.Process
    host: str = "127.0.0.1"
    clock: SystemClock = field(default_factory=SystemClock)

    def token(
        self, camera_id: UUID, action: LiveAction, subject: str = "somebody", **terms: object
    ) -> str:
        """A bearer as the API signs it."""
        return sign_live_token(self.key, camera_id, action, subject, self.clock.utc(), **terms)[0]

    def bearer(self, camera_id: UUID, action: LiveAction, subject: str = "somebody") -> dict:
        """The header of a request."""
        return {"authorization": f"Bearer {self.token(camera_id, action, subject)}"}

    async def get(self, path: str, action: LiveAction = LiveAction.REPORT) -> httpx.Response:
        """Ask as the API does."""
        async with httpx.AsyncClient(timeout=ANSWERS_S) as client:
            return await client.get(self.url + path, headers=self.bearer(NOBODY, action))

    async def published(self) -> set[UUID]:
        """The cameras that all workers carry."""
        report = (await self.get("/publications")).json()
        return {UUID(publication["camera_id"]) for publication in report["publications"]}

    async def until_published(self, camera_id: UUID, within_s: float = 60.0) -> None:
        """Wait until a viewer could start."""
        await until_answer(
            self.published,
            lambda cameras: camera_id in cameras,
            within_s=within_s,
            what="the camera is published",
        )

    def workers(self) -> list[psutil.Process]:
        """Those that run, in the order of their numbers."""
        children = psutil.Process(self.process.pid).children()
        numbered = [(number, child) for child in children if (number := _number_of(child))]
        return [child for _, child in sorted(numbered, key=itemgetter(0))]


@asynccontextmanager
async def running_crew(**settings: object) -> AsyncIterator[Crew]:
    """Two workers, for the time of the block."""
    key = Ed25519PrivateKey.generate()
    begun = await _begun(key, settings)
    try:
        yield begun
    finally:
        assert await _end(begun.process) in (0, -signal.SIGTERM, -signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> int:
    if process.returncode is None:
        process.terminate()
    async with asyncio.timeout(_END_S):
        return await process.wait()


def _number_of(child: psutil.Process) -> str:
    """Empty for one that is just being started, or has ended."""
    try:
        return child.environ().get("POLLCAM_STREAMER_WORKER", "")
    except psutil.Error:
        return ""


async def _begun(key: Ed25519PrivateKey, settings: Mapping[str, object]) -> Crew:
    """A crew that answers; a port that somebody else took meanwhile is left to them."""
    for _ in range(_TRIES):
        crew = await _started(key, free_port(), settings)
        try:
            async with asyncio.timeout(_BEGIN_S):
                while crew.process.returncode is None:
                    if await _answers(crew):
                        return crew
                    await asyncio.sleep(0.1)
        except BaseException:
            await _end(crew.process)
            raise
    raise AssertionError("the crew ends at its start")


async def _started(key: Ed25519PrivateKey, port: int, settings: Mapping[str, object]) -> Crew:
    chosen = {
        "API_PUBLIC_KEY": public_key_of(key),
        "LISTEN_PORT": str(port),
        "PUBLIC_ADDRESS": "127.0.0.1",
        "WORKERS": "2",
        "LOG_LEVEL": "WARNING",
    } | {name.upper(): str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "streamer", "serve"),
        env=os.environ | {f"POLLCAM_STREAMER_{name}": value for name, value in chosen.items()},
    )
    return Crew(url=f"http://127.0.0.1:{port}", key=key, process=process)


async def _answers(crew: Crew) -> bool:
    try:
        return (await crew.get("/publications")).status_code == 200
    except httpx.TransportError:
        return False
