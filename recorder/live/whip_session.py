"""One WHIP session: a camera's packets, as they are, to the streamer.

Imported on the first wish alone: aiortc costs memory that a recording-only station keeps.
"""

import asyncio
from collections.abc import Awaitable, Callable
from fractions import Fraction
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
from aioice import Candidate
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    rtcrtpsender,
)
from aiortc.mediastreams import MediaStreamError

from recorder.live.errors import (
    MediaBlockedError,
    StreamerRefusedError,
    StreamerUnreachableError,
    UnpublishableError,
)
from recorder.live.publish_clock import CLOCK_HZ, PublishClock
from recorder.live.relays import Relay, relays_of
from recorder.live.session_watch import wait_lost
from recorder.media.packet import MediaPacket
from recorder.taps.reader import TapReader
from recorder.taps.tap import AccessUnit

CONNECT_S = 15.0
STRAIGHT_S = 6.0
"""In place of it where a relay could be tried instead: somebody may be waiting for the picture."""
REQUEST_S = 10.0
_FIRST_KEYFRAME_S = 30.0
_CLOSE_S = 3.0
_REDIRECTS = 3
REPEATABLE_PACKETS = 1024
"""Sent packets that are kept to be repeated: 1 s at 8 Mbit/s, and three large keyframes. With the
128 of aiortc itself, a keyframe of 350 packets never came whole over a link that loses 2 %."""
_TIME_BASE = Fraction(1, CLOCK_HZ)


rtcrtpsender.RTP_HISTORY_SIZE = REPEATABLE_PACKETS  # type: ignore[attr-defined]


class TapTrack(MediaStreamTrack):
    """A camera's pictures as a track of packets, which aiortc cuts and sends undecoded."""

    kind = "video"

    def __init__(self, reader: TapReader) -> None:
        super().__init__()
        self._reader = reader
        self._clock = PublishClock()
        self._first: AccessUnit | None = None

    async def begin(self) -> None:
        """Wait for a keyframe, from which `recv` then goes on.

        Raises:
            UnpublishableError: The camera gives none, or none that browsers play live.
        """
        try:
            async with asyncio.timeout(_FIRST_KEYFRAME_S):
                self._first = await self._reader.next()
        except TimeoutError as error:
            raise UnpublishableError("the camera gives no picture to publish") from error
        if self._first.codec != "h264":
            raise UnpublishableError(f"{self._first.codec} cannot be watched live, H.264 can")

    async def recv(self) -> MediaPacket:
        """The next picture, from a keyframe on."""
        if self.readyState != "live":
            raise MediaStreamError
        unit, self._first = self._first or await self._reader.next(), None
        clock = self._clock
        # A picture before one of the past is of the past as well.
        ticks_of = clock.ticks_of_past if self._reader.is_past else clock.ticks_of
        packet = MediaPacket(unit.data)
        packet.pts = ticks_of(unit.pts, unit.time_base, unit.arrival_monotonic_s)
        packet.time_base = _TIME_BASE
        return packet


class WhipSession:
    """Publishes a camera from `start` to the end of the `async with`.

    Args:
        reader: Of the camera's pictures; goes back to the last keyframe, and is not closed.
        client: For the requests of WHIP.
        url: The streamer's endpoint for this camera.
        token: Gives the newest bearer at each request.
        relay: Media may go through it as well; None: straight to the streamer alone.
    """

    def __init__(
        self,
        reader: TapReader,
        client: httpx.AsyncClient,
        url: str,
        token: Callable[[], str],
        relay: Relay | None = None,
    ) -> None:
        self.relays: tuple[Relay, ...] = ()
        """What the streamer's answer names."""
        self._relay = relay
        self._client = client
        self._url = url
        self._token = token
        self._location: str | None = None
        self._ended = asyncio.Event()
        self._connected = asyncio.Event()
        reader.rewind()
        self._track = TapTrack(reader)
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=_servers(relay)))
        self._peer.on("connectionstatechange", self._note_state)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._track.stop()
        await self._say_goodbye()
        await self._peer.close()

    async def start(self) -> None:
        """Offer, be answered, and connect.

        Raises:
            PublishingError: Whatever keeps the camera from being live; its kinds say what.
        """
        await self._track.begin()
        transceiver = self._peer.addTransceiver(self._track, direction="sendonly")
        capabilities = RTCRtpSender.getCapabilities("video").codecs
        wanted = ("video/h264", "video/rtx")
        transceiver.setCodecPreferences([c for c in capabilities if c.mimeType.lower() in wanted])
        if is_loopback(self._url):
            reach_loopback(transceiver.sender)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        answer = await self._post(self._peer.localDescription.sdp)
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        except (ValueError, AssertionError) as error:
            raise StreamerRefusedError("the streamer's answer cannot be used") from error
        await self._wait_connected()

    async def wait_ended(self) -> None:
        """Wait until the connection is lost, or the streamer has forgotten the session."""
        async with asyncio.TaskGroup() as tasks:
            ended = tasks.create_task(self._ended.wait())
            lost = tasks.create_task(wait_lost(self._newest_report, self._is_gone))
            await asyncio.wait((ended, lost), return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            lost.cancel()

    async def _newest_report(self) -> object:
        stats = await self._peer.getStats()
        return next((s.timestamp for s in stats.values() if s.type == "remote-inbound-rtp"), None)

    async def _is_gone(self) -> bool:
        """Whether the streamer says that it does not know the session; it may have been killed."""
        if self._location is None:
            return False
        headers = self._authorization()
        try:
            answer = await self._client.head(self._location, headers=headers, timeout=REQUEST_S)
        except httpx.HTTPError:
            return False
        is_gone = answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE)
        if is_gone:
            self._location = None  # there is nobody to say goodbye to
        return is_gone

    async def _wait_connected(self) -> None:
        is_last_resort = self._relay is not None or not self.relays
        try:
            async with asyncio.timeout(CONNECT_S if is_last_resort else STRAIGHT_S):
                await self._connected.wait()
        except TimeoutError as error:
            raise MediaBlockedError("media did not get through to the streamer") from error
        if self._ended.is_set():
            raise MediaBlockedError("the media connection to the streamer failed")

    async def _post(self, offer: str) -> str:
        url = self._url
        for _ in range(_REDIRECTS + 1):
            answer = await self._post_once(url, offer)
            if answer.status_code != httpx.codes.TEMPORARY_REDIRECT:
                break
            url = redirected(url, answer.headers.get("location", ""))
        if answer.status_code != httpx.codes.CREATED:
            raise StreamerRefusedError.of(answer.status_code, answer.headers.get("retry-after"))
        self.relays = relays_of(answer.headers.get("link", ""))
        self._location = urljoin(url, answer.headers.get("location", ""))
        return answer.text

    async def _post_once(self, url: str, offer: str) -> httpx.Response:
        headers = {"content-type": "application/sdp", **self._authorization()}
        try:
            return await self._client.post(url, content=offer, headers=headers, timeout=REQUEST_S)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StreamerUnreachableError("the streamer does not answer") from error

    async def _say_goodbye(self) -> None:
        if self._location is None:
            return
        headers = self._authorization()
        try:
            await self._client.delete(self._location, headers=headers, timeout=_CLOSE_S)
        except httpx.HTTPError:
            return  # the streamer finds out by itself, when consent runs out

    def _authorization(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token()}"}

    def _note_state(self) -> None:
        state = self._peer.connectionState
        if state in ("failed", "closed"):
            self._ended.set()
        if state in ("connected", "failed", "closed"):
            self._connected.set()


def redirected(url: str, location: str) -> str:
    """Where a streamer sends the publisher on to.

    Raises:
        StreamerRefusedError: Nowhere, or from https to where the bearer could be read on the way.
    """
    try:
        target = urljoin(url, location)
        scheme = urlsplit(target).scheme
    except ValueError:
        scheme = ""
    is_downgrade = url.startswith("https:") and scheme != "https"
    if not location or is_downgrade or scheme not in ("http", "https"):
        raise StreamerRefusedError("the streamer redirects to where a bearer cannot be sent")
    return target


def _servers(relay: Relay | None) -> list[RTCIceServer]:
    # Never None, which is a STUN server of the library's own choice.
    if relay is None:
        return []
    return [RTCIceServer(urls=relay.url, username=relay.username, credential=relay.credential)]


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own, as in the demo."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def reach_loopback(sender: RTCRtpSender) -> None:
    """Let ICE use loopback too, which it leaves out by itself.

    A machine without any network then still runs the whole demo. `_connection` is the one
    private name of aiortc that the agent uses.
    """
    connection = sender.transport.transport.iceGatherer._connection  # noqa: SLF001 see above
    gather = connection.get_component_candidates

    def with_loopback(component: int, addresses: list[str]) -> Awaitable[list[Candidate]]:
        return gather(component, [*addresses, "127.0.0.1", "::1"])

    setattr(connection, gather.__name__, with_loopback)
