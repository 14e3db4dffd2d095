"""What one WHIP or WHEP session is, from its answer to its end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.live_stream import LiveStream, StreamKey
from core.live_token import LiveAction
from streamer.errors import RestartRefusedError
from streamer.link import Link
from streamer.sdp.fragment import Fragment
from streamer.sdp.offer import Transport
from streamer.thinning import Share


class Direction(StrEnum):
    """Which of the two protocols a session speaks; also the first part of its path."""

    WHIP = "whip"
    WHEP = "whep"

    def action(self, stream: LiveStream = LiveStream.MAIN) -> LiveAction:
        """What a token must allow."""
        return LiveAction.publishing(stream) if self is Direction.WHIP else LiveAction.VIEW


class Part(Protocol):
    """What a session does once its peer is connected."""

    @property
    def share(self) -> Share | None:
        """How much of the stream the peer is sent; None: nothing, or it sends itself."""
        ...

    async def play(self, link: Link) -> None:
        """Do it until the peer leaves or the matter is over."""
        ...

    @property
    def on_rtp(self) -> Callable[[list[bytes]], None] | None:
        """Gets decrypted RTP packets, one or some; None: none are taken."""
        ...

    def on_rtcp(self, data: bytes) -> None:
        """A decrypted RTCP packet came."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One peer's session. Its id is random and known to that peer alone."""

    session_id: UUID
    key: StreamKey
    direction: Direction
    subject: str
    token_digest: bytes
    """Of the token that began it."""
    remote: Transport
    link: Link
    part: Part
    asked_to_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def apply(self, fragment: Fragment) -> None:
        """Take the candidates of a PATCH.

        Raises:
            RestartRefusedError: It brings new credentials. The session goes on with the old.
        """
        if fragment.is_restart_of(self.remote.ufrag, self.remote.password):
            raise RestartRefusedError("this streamer does not restart ICE: begin a new session")
        for candidate in fragment.candidates:
            await self.link.add_candidate(candidate)

    async def run(self, on_connected: Callable[[], None]) -> None:
        """Connect, play, and free everything.

        Args:
            on_connected: Called when media can flow.

        Raises:
            LinkFailedError: The peer could not be reached.
        """
        try:
            await self.link.connect(self.remote)
            on_connected()
            await self.part.play(self.link)
        finally:
            await self.link.close()
