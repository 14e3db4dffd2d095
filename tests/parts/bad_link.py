"""A bad network between two UDP peers: a relay that loses, delays, narrows and cuts."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

LOOPBACK = "127.0.0.1"
_BUFFER_BYTES = 4 * 2**20
"""What is lost is lost by its conditions, not because this process was held for a moment."""
Address = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How bad it is, each way."""

    loss: float = 0.0
    """Share of packets that vanish, one by one and at random."""
    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Up to so much more or less delay: packets overtake one another."""
    rate_bps: float | None = None
    queue_bytes: int = 32_000
    """What waits before a narrow place; what comes on top vanishes."""


class _Side(asyncio.DatagramProtocol):
    """One of the relay's sockets."""

    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._take(data, addr)


class BadLink:
    """Passes datagrams between whoever speaks to it and one target."""

    def __init__(
        self, target_port: int, conditions: Conditions, seed: int = 1, host: str = LOOPBACK
    ) -> None:
        self.conditions = conditions
        self.is_cut = False
        self.lost = 0
        self.passed = 0
        self._target = (host, target_port)
        self._peer: Address | None = None
        self._random = Random(seed)
        self._free_s = {"up": 0.0, "down": 0.0}

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        local = (LOOPBACK, 0)
        _, self.near = await loop.create_datagram_endpoint(lambda: _Side(self._up), local)
        _, self.far = await loop.create_datagram_endpoint(lambda: _Side(self._down), local)
        self.port = self.near.transport.get_extra_info("sockname")[1]

    async def move(self) -> None:
        """Speak to the target from another port, as a router does that has forgotten the old."""
        loop, old = asyncio.get_running_loop(), self.far
        _, self.far = await loop.create_datagram_endpoint(lambda: _Side(self._down), (LOOPBACK, 0))
        old.transport.close()

    def close(self) -> None:
        self.near.transport.close()
        self.far.transport.close()

    def _up(self, data: bytes, addr: Address) -> None:
        self._peer = addr
        self._pass("up", data, lambda: self.far.transport.sendto(data, self._target))

    def _down(self, data: bytes, _addr: Address) -> None:
        if self._peer is not None:
            self._pass("down", data, lambda: self.near.transport.sendto(data, self._peer))

    def _pass(self, way: str, data: bytes, send: Callable[[], None]) -> None:
        if self.is_cut or self._random.random() < self.conditions.loss:
            self.lost += 1
            return
        wait_s = self._wait_s(way, len(data))
        if wait_s is None:
            self.lost += 1
            return
        self.passed += 1
        asyncio.get_running_loop().call_later(wait_s, self._send, send)

    def _send(self, send: Callable[[], None]) -> None:
        if not self.near.transport.is_closing():
            send()

    def _wait_s(self, way: str, size: int) -> float | None:
        facts, now_s = self.conditions, asyncio.get_running_loop().time()
        wait_s = facts.delay_s + self._random.uniform(-facts.jitter_s, facts.jitter_s)
        if facts.rate_bps is None:
            return wait_s
        start_s = max(now_s, self._free_s[way])
        if (start_s - now_s) * facts.rate_bps / 8 > facts.queue_bytes:
            return None
        self._free_s[way] = start_s + size * 8 / facts.rate_bps
        return wait_s + self._free_s[way] - now_s


@asynccontextmanager
async def bad_link(target_port: int, conditions: Conditions) -> AsyncIterator[BadLink]:
    """The network, for the time of the block."""
    link = BadLink(target_port, conditions)
    await link.open()
    try:
        yield link
    finally:
        link.close()
