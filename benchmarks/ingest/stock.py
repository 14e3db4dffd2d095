"""Stock aiortc taking in publishers, its decoder replaced: decoding is not what is compared."""

import argparse
import asyncio
import sys

import aioice.ice
import aiortc.rtcrtpreceiver
import uvicorn
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.fanout.stock import use_loopback

aioice.ice.CONSENT_FAILURES = 10_000  # FFmpeg answers no checks: its streams would end after 30 s


class _NoDecoder:
    def __init__(self, _codec: object) -> None:
        return

    def decode(self, _frame: object) -> list[object]:
        """Nothing comes of it."""
        return []


def build_app() -> Starlette:
    """WHIP as far as a publisher needs it."""
    peers: list[RTCPeerConnection] = []
    reading: list[asyncio.Future[None]] = []

    async def read(track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
        except MediaStreamError:
            return

    async def publish(request: Request) -> Response:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peers.append(peer)
        loop = asyncio.get_running_loop()
        peer.on("track", lambda track: reading.append(loop.create_task(read(track))))
        offer = (await request.body()).decode()
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        headers = {"location": "/session"}
        answer = peer.localDescription.sdp
        return Response(answer, 201, headers, media_type="application/sdp")

    async def leave(_request: Request) -> Response:
        return Response(status_code=200)

    routes = [
        Route("/whip/{camera}", publish, methods=["POST"]),
        Route("/session", leave, methods=["DELETE"]),
    ]
    return Starlette(routes=routes)


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    use_loopback()
    aiortc.rtcrtpreceiver.get_decoder = _NoDecoder  # type: ignore[assignment, attr-defined]
    port: int = parser.parse_args().port
    config = uvicorn.Config(build_app(), port=port, log_config=None, timeout_graceful_shutdown=1)
    asyncio.run(uvicorn.Server(config).serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
