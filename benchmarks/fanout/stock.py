"""Stock aiortc as its own examples use it: one player, relayed, passed through undecoded."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from aioice import Candidate, Connection
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer, MediaRelay
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_SDP = "application/sdp"


def use_loopback() -> None:
    """Aioice leaves loopback out."""
    inherited = Connection.get_component_candidates

    async def on_loopback(
        self: Connection,
        component: int,
        addresses: list[str],  # noqa: ARG001
        timeout: int = 5,  # noqa: ASYNC109
    ) -> list[Candidate]:
        found: list[Candidate] = await inherited(self, component, ["127.0.0.1"], timeout)
        return found

    Connection.get_component_candidates = on_loopback  # type: ignore[method-assign]


def build_app(film: str) -> Starlette:
    """WHEP as far as a client of the benchmark needs it."""
    peers: list[RTCPeerConnection] = []
    relay = MediaRelay()
    players: list[MediaPlayer] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        players.append(MediaPlayer(film, loop=True, decode=False))
        yield
        for peer in peers:
            await peer.close()

    async def watch(request: Request) -> Response:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peers.append(peer)
        offer = (await request.body()).decode()
        video = players[0].video
        assert video is not None
        peer.addTrack(relay.subscribe(video))
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return Response(peer.localDescription.sdp, 201, media_type=_SDP)

    return Starlette(routes=[Route("/whep", watch, methods=["POST"])], lifespan=lifespan)


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("film")
    chosen = parser.parse_args()
    use_loopback()
    config = uvicorn.Config(
        build_app(chosen.film), port=chosen.port, log_config=None, timeout_graceful_shutdown=1
    )
    asyncio.run(uvicorn.Server(config).serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
