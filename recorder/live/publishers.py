"""The station's publishers: which streams are live is the centre's wish."""

import asyncio
from collections.abc import Iterable, Mapping
from random import Random
from uuid import UUID

import httpx

from core.clock import Clock
from core.live_stream import LiveStream, StreamKey
from core.wire.heartbeat import PublishWish
from recorder.live.publisher import Publisher
from recorder.supervising import keep_going
from recorder.taps.reader import TapSource


class Live:
    """One publisher for each stream.

    Args:
        sources: What can be published, by camera and stream.
        client: For WHIP's requests.
        clock: Time.
        random: Spreads retries.
    """

    def __init__(
        self,
        sources: Mapping[StreamKey, TapSource],
        client: httpx.AsyncClient,
        clock: Clock,
        random: Random,
    ) -> None:
        self._random = random
        self._publishers = {
            key: Publisher(key, source, client, clock, random) for key, source in sources.items()
        }

    def wish(self, wishes: Iterable[PublishWish]) -> None:
        """Take what the centre wishes now; a stream it does not name shall not be live."""
        by_key = {StreamKey(wish.camera_id, wish.stream): wish for wish in wishes}
        for key, publisher in self._publishers.items():
            publisher.wish(by_key.get(key))

    def stand_by(self, camera_ids: Iterable[UUID]) -> None:
        """These cameras may be wished for at any moment, and shall then be seen at once."""
        wanted = set(map(StreamKey, camera_ids))
        for key, publisher in self._publishers.items():
            publisher.stand_by(is_wanted=key in wanted)

    def is_publishing(self, camera_id: UUID) -> bool:
        """Whether the streamer gets this camera's pictures now."""
        return self._publishers[StreamKey(camera_id)].is_publishing

    def has_smaller(self, camera_id: UUID) -> bool:
        """Whether it can publish a smaller stream of this camera beside the first."""
        return StreamKey(camera_id, LiveStream.SMALLER) in self._publishers

    async def run(self) -> None:
        """Publish whatever is wished, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for publisher in self._publishers.values():
                tasks.create_task(keep_going("publish", publisher.run, self._random))
