"""What one station's agent asks of the centre, without a camera behind it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar
from urllib.parse import urljoin
from uuid import UUID

from benchmarks.centre.country import Device
from benchmarks.centre.journal import Closed, Journal
from benchmarks.centre.link import Link, LinkError
from benchmarks.centre.reports import report_of
from benchmarks.centre.tally import Tally
from core.clock import SystemClock
from core.device_token import sign_device_token
from core.station import LiveMode, StationMode
from core.wire.heartbeat import HeartbeatReply
from core.wire.message import Message
from core.wire.upload import (
    ConfirmReply,
    ConfirmRequest,
    ConfirmState,
    EntriesReply,
    EntriesRequest,
    Grant,
    GrantsReply,
    GrantsRequest,
    GrantState,
)
from recorder.heartbeat import EVERY_S

_WITHIN_S = 30.0
_KNOCK_S = 25.0
_AGAIN_S = 1.0
_JSON = {"content-type": "application/json"}
_Reply = TypeVar("_Reply", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What all stations of a run have in common."""

    mode: StationMode
    live: LiveMode
    segment_s: float
    segment_bytes: int
    jpeg: bytes
    only_heartbeats: bool = False

    @property
    def is_on_demand(self) -> bool:
        """Whether a question for knocks is kept open."""
        return self.mode is StationMode.ONLINE and self.live is LiveMode.ON_DEMAND


class Agent:
    """Does what an agent does, at its pace: heartbeats, stills, lines at once, then footage.

    Two connections, as heartbeats and footage go side by side; a third where it waits for knocks.
    """

    def __init__(
        self, device: Device, url: str, habits: Habits, tally: Tally, random: Random
    ) -> None:
        self._device, self._url, self._habits = device, url + "/api/v1/agent/", habits
        self._tally, self._random = tally, random
        self._closed: list[Closed] = []
        self._something = asyncio.Event()
        self._began_s = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat())
            if self._habits.only_heartbeats:
                return
            tasks.create_task(self._hand_over())
            for camera_id in self._device.camera_ids:
                tasks.create_task(self._record(camera_id))
            if self._habits.is_on_demand:
                tasks.create_task(self._listen())

    async def _beat(self) -> None:
        link = Link()
        await asyncio.sleep(self._random.uniform(0.0, EVERY_S))
        while True:
            try:
                report = report_of(self._device, asyncio.get_running_loop().time() - self._began_s)
                reply = await self._post(link, "heartbeat", report, HeartbeatReply)
                for camera_id in reply.stills:
                    await self._send_still(link, camera_id)
            except LinkError as error:
                self._tally.failed("heartbeat", error)
            await asyncio.sleep(EVERY_S)

    async def _send_still(self, link: Link, camera_id: UUID) -> None:
        url = f"{self._url}cameras/{camera_id}/still?age_s=0.4"
        headers = {"content-type": "image/jpeg", **self._bearer()}
        await self._timed("still", link, "PUT", url, self._habits.jpeg, headers)

    async def _record(self, camera_id: UUID) -> None:
        habits = self._habits
        journal = Journal(self._device, camera_id, habits.segment_s, habits.segment_bytes)
        loop = asyncio.get_running_loop()
        due_s = loop.time() + self._random.uniform(0.0, habits.segment_s)
        self._add(journal.started())
        while True:
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self._add(journal.next_segment())
            due_s += habits.segment_s

    def _add(self, closed: Closed) -> None:
        self._closed.append(closed)
        self._something.set()

    async def _hand_over(self) -> None:
        link, elsewhere = Link(), Link()
        while True:
            await self._something.wait()
            self._something.clear()
            batch, self._closed = self._closed, []
            await self._hand_over_batch(link, elsewhere, batch)

    async def _hand_over_batch(self, link: Link, elsewhere: Link, batch: Sequence[Closed]) -> None:
        while not await self._is_handed_over(link, elsewhere, batch):  # noqa: ASYNC110 a retry
            await asyncio.sleep(_AGAIN_S)

    async def _is_handed_over(self, link: Link, elsewhere: Link, batch: Sequence[Closed]) -> bool:
        try:
            await self._send_lines(link, batch)
            for_grants = GrantsRequest(objects=tuple(closed.wanted() for closed in batch))
            answer = await self._post(link, "grants", for_grants, GrantsReply)
            for closed, grant in zip(batch, answer.grants, strict=True):
                if grant.state is GrantState.UPLOAD:
                    await self._put(elsewhere if "://" in grant.url else link, closed, grant)
                elif grant.state is not GrantState.STORED:
                    raise LinkError(f"granted as {grant.state}")  # noqa: TRY301 counted as the others
            await self._confirm(link, batch)
        except LinkError as error:
            self._tally.failed("footage", error)
            return False
        return True

    async def _send_lines(self, link: Link, batch: Sequence[Closed]) -> None:
        lines = EntriesRequest(lines=tuple(closed.line for closed in batch))
        answer = await self._post(link, "entries", lines, EntriesReply)
        heads = {head.camera_id: head.seq for head in answer.heads}
        if any(heads.get(closed.camera_id, -1) < closed.seq for closed in batch):
            raise LinkError(f"entries not taken: {answer.refused}")

    async def _put(self, link: Link, closed: Closed, grant: Grant) -> None:
        url = urljoin(self._url, grant.url)
        await self._timed("put", link, "PUT", url, closed.content, grant.headers)

    async def _confirm(self, link: Link, batch: Sequence[Closed]) -> None:
        asked = ConfirmRequest(object_ids=tuple(closed.object_id for closed in batch))
        answer = await self._post(link, "confirm", asked, ConfirmReply)
        if any(one.state is not ConfirmState.STORED for one in answer.confirmations):
            raise LinkError("not confirmed as stored")

    async def _listen(self) -> None:
        link = Link()
        await asyncio.sleep(self._random.uniform(0.0, EVERY_S))
        while True:
            url = f"{self._url}knock?within_s={_KNOCK_S:.0f}"
            try:
                await link.call("GET", url, b"", self._bearer(), _KNOCK_S + _WITHIN_S)
            except LinkError as error:
                self._tally.failed("knock", error)
                await asyncio.sleep(EVERY_S)

    async def _post(self, link: Link, path: str, message: Message, kind: type[_Reply]) -> _Reply:
        body = message.model_dump_json().encode()
        headers = {**_JSON, **self._bearer()}
        return kind.model_validate_json(
            await self._timed(path, link, "POST", self._url + path, body, headers)
        )

    async def _timed(
        self,
        kind: str,
        link: Link,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> bytes:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        answer = await link.call(method, url, body, headers, _WITHIN_S)
        self._tally.took(kind, loop.time() - began_s)
        return answer

    def _bearer(self) -> dict[str, str]:
        token = sign_device_token(self._device.key, self._device.device_id, SystemClock().utc())
        return {"authorization": f"Bearer {token}"}
