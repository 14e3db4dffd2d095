"""The station's publishers: which cameras are live is the centre's wish."""

import asyncio
from collections.abc import Iterable, Mapping
from random import Random
from uuid import UUID

import httpx

from core.clock import Clock
from core.wire.heartbeat import PublishWish
from recorder.publisher import Publisher
from recorder.supervising import keep_going
from recorder.tap_reader import TapSource


class Live:
    """One publisher for each camera.

    Args:
        sources: By camera: its smaller stream where it has one, else the camera itself.
        client: For WHIP's requests.
        clock: Time.
        random: Spreads retries.
    """

    def __init__(
        self,
        sources: Mapping[UUID, TapSource],
        client: httpx.AsyncClient,
        clock: Clock,
        random: Random,
    ) -> None:
        self._random = random
        self._publishers = {
            camera_id: Publisher(camera_id, source, client, clock, random)
            for camera_id, source in sources.items()
        }

    def wish(self, wishes: Iterable[PublishWish]) -> None:
        """Take what the centre wishes now; a camera it does not name shall not be live."""
        by_camera = {wish.camera_id: wish for wish in wishes}
        for camera_id, publisher in self._publishers.items():
            publisher.wish(by_camera.get(camera_id))

    def stand_by(self, camera_ids: Iterable[UUID]) -> None:
        """These cameras may be wished for at any moment, and shall then be seen at once."""
        wanted = set(camera_ids)
        for camera_id, publisher in self._publishers.items():
            publisher.stand_by(is_wanted=camera_id in wanted)

    def is_publishing(self, camera_id: UUID) -> bool:
        """Whether the streamer gets this camera's pictures now."""
        return self._publishers[camera_id].is_publishing

    async def run(self) -> None:
        """Publish whatever is wished, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for publisher in self._publishers.values():
                tasks.create_task(keep_going("publish", publisher.run, self._random))
