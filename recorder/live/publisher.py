"""Keeps one stream of a camera live while the centre wishes it."""

import asyncio
import importlib
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

import httpx
import structlog

from core.backoff import Backoff
from core.clock import Clock
from core.live_stream import LiveStream, StreamKey
from core.wire.heartbeat import PublishWish
from recorder.live.detour import Detour
from recorder.live.errors import (
    MediaBlockedError,
    PublishingError,
    StreamerRefusedError,
)
from recorder.live.relays import Relay
from recorder.taps.reader import TapReader, TapSource

if TYPE_CHECKING:
    from recorder.live.whip_session import WhipSession

STEADY_S = 10.0
"""A session that lasted so long was a success: the next failure is retried at once."""
NO_PLACE_S = 600.0
"""The engine behind a streamer's address is not another one every minute."""
_BACKOFF = Backoff(first_s=0.5, cap_s=30.0)

_log = structlog.get_logger(__name__)


class Publisher:
    """Publishes one stream by WHIP for as long as there is a wish, and retries for ever.

    It taps the camera and copies packets; capture neither waits for it nor knows of it.
    A token begins one session, so after a session the next one waits for a fresh wish.

    Args:
        key: For logs.
        source: Where its pictures are tapped.
        client: For WHIP's requests.
        clock: To tell a session that lasted from one that did not.
        random: Spreads retries.
    """

    def __init__(
        self,
        key: StreamKey,
        source: TapSource,
        client: httpx.AsyncClient,
        clock: Clock,
        random: Random,
    ) -> None:
        self.is_publishing = False
        """Whether the streamer gets pictures now."""
        self._stands_by = False
        self._key = key
        self._source = source
        self._client = client
        self._clock = clock
        self._random = random
        self._wish: PublishWish | None = None
        self._changed = asyncio.Event()
        self._token = ""
        self._spent_token: str | None = None
        self._failures = 0
        self._detour = Detour()
        self._reader: TapReader | None = None
        """Kept while there is a wish: a session that follows a lost one begins at once."""

    def wish(self, wish: PublishWish | None) -> None:
        """Take the newest wish, or that there is none. Called with each heartbeat's answer."""
        self._wish = wish
        if wish is not None:
            self._token = wish.token
        self._changed.set()

    def stand_by(self, *, is_wanted: bool) -> None:
        """Keep the camera's last GOP at hand while there is no wish, or do not any more.

        The next wish's picture then need not wait for a keyframe.
        """
        self._stands_by = is_wanted
        self._changed.set()

    async def run(self) -> None:
        """Publish whenever it is wished, until cancelled."""
        camera_id, stream = self._key.labels
        with structlog.contextvars.bound_contextvars(camera_id=camera_id, stream=stream):
            try:
                while True:
                    wish = await self._next_wish()
                    delay_s = await self._try_once(wish)
                    await self._pause(delay_s)
            finally:
                self._leave_camera()

    async def _next_wish(self) -> PublishWish:
        """Wait for a wish whose token has not begun a session."""
        while self._wish is None or self._wish.token == self._spent_token:
            if self._wish is None:
                self._failures = 0
                if not self._stands_by:
                    self._leave_camera()
            await self._change_meanwhile()
        return self._wish

    async def _change_meanwhile(self) -> None:
        """Wait for a change; standing by means to read on."""
        if self._wish is not None or not self._stands_by:
            await self._change()
            return
        self._reader = self._reader or TapReader(self._source)
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read_on(self._reader))
            await self._change()
            reading.cancel()

    async def _try_once(self, wish: PublishWish) -> float:
        """Publish until it ends; returns the seconds to wait before the next attempt."""
        began_s = self._clock.monotonic_s()
        error: PublishingError | None = None
        try:
            await self._publish(wish)
        except PublishingError as failure:
            error = failure
            if failure.is_token_spent:
                self._spent_token = wish.token
        finally:
            self.is_publishing = False
        lasted_s = self._clock.monotonic_s() - began_s
        if not self._is_wished(wish):
            return 0.0
        self._failures = 1 if lasted_s > STEADY_S else self._failures + 1
        delay_s = self._delay_s(error)
        reason = "the connection was lost" if error is None else str(error)
        _log.warning("publishing.stopped", reason=reason, retry_s=round(delay_s, 1))
        return delay_s

    def _delay_s(self, error: PublishingError | None) -> float:
        delay_s = _BACKOFF.delay_s(self._failures, self._random)
        is_spare = self._key.stream is LiveStream.SMALLER
        if is_spare and isinstance(error, StreamerRefusedError) and error.has_no_place:
            self._leave_camera()  # its session is for this alone
            return NO_PLACE_S
        return delay_s if error is None else max(delay_s, error.retry_after_s)

    async def _publish(self, wish: PublishWish) -> None:
        sessions = importlib.import_module("recorder.live.whip_session")
        relay = self._detour.relay_at(self._clock.monotonic_s())
        session: WhipSession
        self._reader = self._reader or TapReader(self._source)
        async with sessions.WhipSession(
            self._reader, self._client, wish.whip_url, lambda: self._token, relay
        ) as session:
            await self._start(session, relay)
            self.is_publishing = True
            self._spent_token = wish.token
            _log.info("publishing.began", is_relayed=relay is not None)
            await self._stay(session, wish)

    def _leave_camera(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    async def _start(self, session: "WhipSession", relay: Relay | None) -> None:
        try:
            await session.start()
        except MediaBlockedError:
            self._detour.note_blocked(relay, self._clock.monotonic_s())
            raise
        finally:
            if session.relays:
                self._detour.note_relays(session.relays)

    async def _stay(self, session: "WhipSession", wish: PublishWish) -> None:
        """Wait until the session ends or is no longer wished."""
        async with asyncio.TaskGroup() as tasks:
            ended = tasks.create_task(session.wait_ended())
            unwished = tasks.create_task(self._wait_unwished(wish))
            await asyncio.wait((ended, unwished), return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            unwished.cancel()

    async def _wait_unwished(self, wish: PublishWish) -> None:
        while self._is_wished(wish):
            await self._change()

    def _is_wished(self, wish: PublishWish) -> bool:
        return self._wish is not None and self._wish.whip_url == wish.whip_url

    async def _change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def _pause(self, delay_s: float) -> None:
        """Wait before the next attempt; a wish that is gone ends the wait."""
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                while self._wish is not None:
                    await self._change()


async def _read_on(reader: TapReader) -> None:
    while True:
        await reader.next()
