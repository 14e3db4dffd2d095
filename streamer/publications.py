"""The publications of a node, and how long each stays."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import structlog

from core.clock import Clock
from core.live_stream import LiveStream, StreamKey
from streamer.egress import SendDesk
from streamer.errors import NoPublicationError
from streamer.publication import Publication

RETRY_S = 2.0
EXPECTED_S = 2.0
"""How long a viewer is kept waiting for a publisher: most come within that, after a restart or
a wish, and the answer is then a picture instead of another question."""
_LOOK_S = 0.05

_log = structlog.get_logger(__name__)


class Publications:
    """Finds a stream's publication; begins it with its first publisher and ends it in time.

    Args:
        tasks: Lives as long as the node.
        clock: For arrival times.
        grace: How long a publication without a publisher keeps its viewers.
        desk: The loop's, for what viewers are sent.
    """

    def __init__(
        self, tasks: asyncio.TaskGroup, clock: Clock, grace: timedelta, desk: SendDesk
    ) -> None:
        self._desk = desk
        self._tasks = tasks
        self._clock = clock
        self._grace_s = grace.total_seconds()
        self._held: dict[StreamKey, _Held] = {}

    def __iter__(self) -> Iterator[Publication]:
        return iter([held.publication for held in self._held.values()])

    def begin(self, key: StreamKey) -> Publication:
        """The stream's publication, for a publisher that is connected now."""
        held = self._held.get(key)
        if held is None:
            publication = Publication(key, self._clock, self._desk)
            held = _Held(publication, self._tasks.create_task(publication.run()))
            self._held[key] = held
            _log.info("publication.began", **_facts(key))
        held.keep()
        held.publication.begin_anew()
        return held.publication

    def find(self, camera_id: UUID) -> Publication:
        """The camera's publication, for a viewer.

        Raises:
            NoPublicationError: Nobody publishes, or no picture comes.
        """
        publication = self._ready(StreamKey(camera_id))
        if publication is None:
            raise NoPublicationError("no pictures of this camera come now", retry_after_s=RETRY_S)
        return publication

    def smaller_of(self, camera_id: UUID) -> Publication | None:
        """The camera's smaller stream, while its station publishes one."""
        return self._ready(StreamKey(camera_id, LiveStream.SMALLER))

    async def expect(self, camera_id: UUID) -> Publication:
        """The same, but its publisher may still be on the way.

        Raises:
            NoPublicationError: Nobody has come in time.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXPECTED_S):
                while self._ready(StreamKey(camera_id)) is None:  # noqa: ASYNC110 a keyframe makes it
                    await asyncio.sleep(_LOOK_S)
        return self.find(camera_id)

    def _ready(self, key: StreamKey) -> Publication | None:
        held = self._held.get(key)
        return held.publication if held is not None and held.publication.is_ready else None

    def abandon(self, publication: Publication) -> None:
        """Its publisher has gone: end it unless another comes within the grace."""
        held = self._held.get(publication.key)
        if held is not None and held.publication is publication:
            publication.ask_keyframe = None
            loop = asyncio.get_running_loop()
            held.end_later(loop.call_later(self._grace_s, self._end, publication.key))

    def end_all(self) -> None:
        """End every publication, for the node goes down."""
        for key in tuple(self._held):
            self._end(key)

    def _end(self, key: StreamKey) -> None:
        self._held.pop(key).end()
        _log.info("publication.ended", **_facts(key))


def _facts(key: StreamKey) -> dict[str, str]:
    camera_id, stream = key.labels
    return {"camera_id": camera_id, "stream": stream}


class _Held:
    def __init__(self, publication: Publication, fan_out: asyncio.Task[None]) -> None:
        self.publication = publication
        self._fan_out = fan_out
        self._ending: asyncio.TimerHandle | None = None

    def keep(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = None

    def end_later(self, ending: asyncio.TimerHandle) -> None:
        self.keep()
        self._ending = ending

    def end(self) -> None:
        self.keep()
        self._fan_out.cancel()
        self.publication.ended.set()
