"""A WHEP server that answers an offer with one of its own, as the draft lets it: 406, then PATCH.

Made of stock aiortc; it plays a film's packets as they are.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from av import Packet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from recorder.live.whip_session import reach_loopback
from tests.parts.live_film import FPS, pictures_of
from tests.parts.live_streamer import serving

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Expose-Headers": "Location",
}


class _FilmTrack(MediaStreamTrack):
    """A film's pictures, over and over."""

    kind = "video"

    def __init__(self, pictures: list[bytes]) -> None:
        super().__init__()
        self._pictures = pictures
        self._number = 0

    async def recv(self) -> Packet:
        await asyncio.sleep(1 / FPS)
        packet = Packet(self._pictures[self._number % len(self._pictures)])
        packet.pts, packet.time_base = self._number, Fraction(1, FPS)
        self._number += 1
        return packet


@asynccontextmanager
async def counter_offering(film: Path) -> AsyncIterator[str]:
    """Serve one viewer; gives the address of the endpoint."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = _FilmTrack(pictures_of(film))

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_CORS)
        transceiver = peer.addTransceiver(track, direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "video/H264"])
        reach_loopback(transceiver.sender)
        await peer.setLocalDescription(await peer.createOffer())
        headers = {**_CORS, "Location": "/session"}
        offer = peer.localDescription.sdp
        return Response(offer, 406, headers, media_type="application/sdp")

    async def session(request: Request) -> Response:
        if request.method == "PATCH":
            answer = (await request.body()).decode()
            await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        return Response(status_code=204, headers=_CORS)

    routes = [
        Route("/whep", endpoint, methods=["POST", "OPTIONS"]),
        Route("/session", session, methods=["PATCH", "DELETE", "OPTIONS"]),
    ]
    try:
        async with serving(Starlette(routes=routes)) as port:
            yield f"http://127.0.0.1:{port}/whep"
    finally:
        await peer.close()
