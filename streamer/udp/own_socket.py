"""A shared port as one peer's library sees it."""

import asyncio
from typing import Any

from streamer.udp.port import Peer, UdpPort


class OwnSocket(asyncio.DatagramTransport):
    """What a protocol of asyncio's takes for a socket of its own."""

    def __init__(self, port: UdpPort, peer: Peer, protocol: asyncio.DatagramProtocol) -> None:
        super().__init__()
        self.port = port
        self._peer = peer
        self._protocol = protocol

    def sendto(self, data: Any, addr: Any = None) -> None:  # noqa: ANN401 as asyncio's
        """Send from the port; never waits."""
        if addr is not None:
            self.port.send(self._peer, data, addr)

    def close(self) -> None:
        """Nothing more comes for this peer; the port stays."""
        self.port.remove(self._peer)
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)
