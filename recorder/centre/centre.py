"""The control API as a station sees it: docs/design/house.md section 3.1."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urljoin
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from core.clock import Clock
from core.device_token import sign_device_token
from core.wire.heartbeat import HeartbeatReply, KnockReply, StationReport
from core.wire.message import Message
from core.wire.upload import (
    ConfirmReply,
    ConfirmRequest,
    EntriesReply,
    EntriesRequest,
    Grant,
    GrantsReply,
    GrantsRequest,
    WantedObject,
)
from recorder.centre.clock_watch import ClockWatch, Reading
from recorder.centre.errors import (
    CentreError,
    CentreGarbledError,
    CentreRefusedError,
    CentreUnreachableError,
)

__all__ = [
    "Centre",
    "CentreError",
    "CentreGarbledError",
    "CentreRefusedError",
    "CentreUnreachableError",
]

_STEP_S = 15.0
"""To connect, or to get rid of a piece."""
_CALL_S = 30.0
"""A whole call, however the bytes trickle."""
_KNOCK_S = 25.0
_SETTLE_S = 120.0
"""Calls at which the centre reads back what arrived, some hundred megabytes at most."""
_PUT_TIMEOUT = httpx.Timeout(connect=15.0, write=60.0, read=180.0, pool=5.0)
"""Of one step; the whole PUT may take as long as the link needs. When the last piece is written
the system's buffer may still hold a minute's worth of a slow link."""
_HALF_A_SECOND = timedelta(milliseconds=500)

_Reply = TypeVar("_Reply", bound=Message)


class Centre:
    """Calls the control API for one device. For one event loop; calls may run side by side.

    Each call either returns what the centre answered or raises one of the errors below; all may
    be repeated. Tokens are signed by the centre's own time as soon as it has answered anything,
    so that a station with a wrong clock is heard.

    Args:
        server: The centre's address.
        device_id: Who calls.
        key: The device's.
        clock: The device's clocks.
        client: Carries the requests; its owner closes it.

    Raises:
        CentreUnreachableError: No answer.
        CentreRefusedError: An answer that says no.
        CentreGarbledError: An answer that is not the centre's.
    """

    def __init__(
        self,
        *,
        server: str,
        device_id: UUID,
        key: Ed25519PrivateKey,
        clock: Clock,
        client: httpx.AsyncClient,
    ) -> None:
        self._server = server.rstrip("/") + "/"
        self._device_id = device_id
        self._key = key
        self._clock = clock
        self._client = client
        self._by_heartbeat = ClockWatch()
        self._by_date = ClockWatch()

    @property
    def clock_offset_s(self) -> float | None:
        """Device clock minus the centre's; None: the centre never answered.

        Within half a round trip after a heartbeat, else within half a second more.
        """
        now = self._reading()
        offset_s = self._by_heartbeat.offset_s(now)
        return self._by_date.offset_s(now) if offset_s is None else offset_s

    def utc(self) -> datetime:
        """The centre's time, as far as it is known; else the device's."""
        return self._clock.utc() - timedelta(seconds=self.clock_offset_s or 0.0)

    async def heartbeat(self, report: StationReport) -> HeartbeatReply:
        """Say how the station is; learn what is wanted."""
        sent = self._reading()
        reply = await self._post("heartbeat", report, HeartbeatReply)
        self._by_heartbeat.answered(sent, self._reading(), reply.server_utc)
        return reply

    async def wait_knock(self) -> bool:
        """Wait until somebody wants to see this station, some 25 s at most; whether they do."""
        answer = await self._call(
            "GET", "knock", _KNOCK_S + _STEP_S, params={"within_s": f"{_KNOCK_S:.0f}"}, headers={}
        )
        try:
            return KnockReply.model_validate_json(answer.content).is_wanted
        except ValidationError as error:
            raise CentreGarbledError("the answer to knock cannot be understood") from error

    async def put_still(self, camera_id: UUID, jpeg: bytes, age_s: float) -> None:
        """Hand in a camera's newest still, at most 64 KiB, taken `age_s` ago."""
        await self._call(
            "PUT",
            f"cameras/{camera_id}/still",
            params={"age_s": f"{age_s:.1f}"},
            content=jpeg,
            headers={"content-type": "image/jpeg"},
        )

    async def entries(self, lines: Sequence[str]) -> EntriesReply:
        """Hand in journal lines; none: learn the heads of all of the device's chains."""
        return await self._post("entries", EntriesRequest(lines=tuple(lines)), EntriesReply)

    async def grants(self, objects: Sequence[WantedObject]) -> tuple[Grant, ...]:
        """Ask for places to put objects; one answer for each, in the same order."""
        request = GrantsRequest(objects=tuple(objects))
        reply = await self._post("grants", request, GrantsReply, _SETTLE_S)
        _hold([one.object_id for one in objects], [one.object_id for one in reply.grants])
        return reply.grants

    async def put(self, grant: Grant, content: AsyncIterator[bytes], size_bytes: int) -> None:
        """Send an object's bytes to where it was granted a place.

        Args:
            grant: In state `upload`.
            content: Exactly `size_bytes`, in pieces; may take its time between them.
            size_bytes: As announced.
        """
        headers = {**grant.headers, "content-length": str(size_bytes)}
        url = urljoin(self._server, grant.url)
        await self._send("PUT", url, content=content, headers=headers, timeout=_PUT_TIMEOUT)

    async def confirm(self, object_ids: Sequence[UUID]) -> ConfirmReply:
        """Ask which of these the archive now has; one answer for each, in the same order."""
        request = ConfirmRequest(object_ids=tuple(object_ids))
        reply = await self._post("confirm", request, ConfirmReply, _SETTLE_S)
        _hold(object_ids, [one.object_id for one in reply.confirmations])
        return reply

    async def _post(
        self, path: str, message: Message, kind: type[_Reply], within_s: float = _CALL_S
    ) -> _Reply:
        answer = await self._call(
            "POST",
            path,
            within_s,
            content=message.model_dump_json(),
            headers={"content-type": "application/json"},
        )
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise CentreGarbledError(f"the answer to {path} cannot be understood") from error

    async def _call(
        self,
        method: str,
        path: str,
        within_s: float = _CALL_S,
        *,
        headers: dict[str, str],
        **request: Any,  # noqa: ANN401 httpx's
    ) -> httpx.Response:
        token = sign_device_token(self._key, self._device_id, self.utc())
        headers = {**headers, "authorization": f"Bearer {token}"}
        timeout = httpx.Timeout(_STEP_S, read=within_s, pool=5.0)
        url = f"{self._server}api/v1/agent/{path}"
        sent = self._reading()
        try:
            async with asyncio.timeout(within_s):
                return await self._send(
                    method, url, sent, headers=headers, timeout=timeout, **request
                )
        except TimeoutError as error:
            raise CentreUnreachableError("the centre does not answer in time") from error

    async def _send(
        self,
        method: str,
        url: str,
        sent: Reading | None = None,
        **request: Any,  # noqa: ANN401 httpx's
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, url, follow_redirects=False, **request)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # The error's own text may hold the address, and with it a grant.
            name = type(error).__name__
            raise CentreUnreachableError(f"the centre does not answer ({name})") from error
        if sent is not None:
            self._note_date(sent, answer)
        if not answer.is_success:
            raise CentreRefusedError.of(answer)
        return answer

    def _note_date(self, sent: Reading, answer: httpx.Response) -> None:
        """Also of a refusal: it may come from nothing but our clock."""
        try:
            server_utc = parsedate_to_datetime(answer.headers["date"]).replace(tzinfo=UTC)
        except (KeyError, ValueError, TypeError):
            return
        # It was cut to whole seconds.
        self._by_date.answered(sent, self._reading(), server_utc + _HALF_A_SECOND)

    def _reading(self) -> Reading:
        return Reading(utc=self._clock.utc(), monotonic_s=self._clock.monotonic_s())


def _hold(asked: Sequence[UUID], answered: Sequence[UUID]) -> None:
    if list(asked) != list(answered):
        raise CentreGarbledError("the centre answered for other objects than it was asked for")
