"""What an engine uses for its viewers, and what they miss."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import psutil
from aiortc import RTCCertificate

from benchmarks.fanout.client import Client
from benchmarks.fanout.engines import Engine
from benchmarks.fanout.socket_filter import SAMPLED

SETTLE_S = 3.0
"""After the last viewer has come: first keyframes are over."""
_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """An engine with so many viewers."""

    viewers: int
    cpu_pct: float
    """Of one core, user and system."""
    pss_kib: float
    packets_per_s: float
    """Of one viewer."""
    lost_packets: int
    """Of those that the viewers' filters let through."""


class Audience:
    """The viewers of one engine; grows, and leaves together."""

    def __init__(self, engine: Engine, *, is_filtered: bool = True) -> None:
        self.clients: list[Client] = []
        self._engine = engine
        self._is_filtered = is_filtered
        self._certificate = RTCCertificate.generateCertificate()
        self._process = psutil.Process(engine.pid)
        self._http = httpx.AsyncClient(timeout=90, limits=httpx.Limits(max_keepalive_connections=0))

    async def until_published(self, within_s: float = 20.0) -> None:
        """Wait until a first viewer gets in."""
        async with asyncio.timeout(within_s):
            while True:
                try:
                    await self.grow_to(1)
                except* httpx.HTTPStatusError:
                    await asyncio.sleep(0.5)
                else:
                    return

    async def grow_to(self, viewers: int) -> None:
        """Have more viewers come, a few at once."""
        while (missing := viewers - len(self.clients)) > 0:
            batch = [self._client() for _ in range(min(missing, _AT_ONCE))]
            async with asyncio.TaskGroup() as tasks:
                for client in batch:
                    tasks.create_task(self._watch(client))
            self.clients += batch

    async def leave(self) -> None:
        """Let all go."""
        for start in range(0, len(self.clients), _AT_ONCE):
            for client in self.clients[start : start + _AT_ONCE]:
                await client.leave(self._http, self._engine.headers)
        await self._http.aclose()

    async def measure(self, window_s: float) -> Load:
        """Watch for a while."""
        await asyncio.sleep(SETTLE_S)
        self.restart()
        clock = asyncio.get_running_loop()
        began_s, before_s = clock.time(), self._cpu_s()
        await asyncio.sleep(window_s)
        used_s, lasted_s = self._cpu_s() - before_s, clock.time() - began_s
        return Load(
            viewers=len(self.clients),
            cpu_pct=100 * used_s / lasted_s,
            pss_kib=self._process.memory_full_info().pss / 1024,
            packets_per_s=self.packets / max(1, len(self.clients)) / lasted_s,
            lost_packets=self.lost_packets,
        )

    def restart(self) -> None:
        """Count anew what comes."""
        for client in self.clients:
            client.arrivals.restart()

    @property
    def packets(self) -> float:
        """What came to all of them, by those that their filters let through."""
        got = sum(client.arrivals.packets for client in self.clients)
        return got * (SAMPLED if self._is_filtered else 1)

    @property
    def lost_packets(self) -> int:
        """Of those that the filters let through."""
        return sum(client.arrivals.lost for client in self.clients)

    def _cpu_s(self) -> float:
        times = [p.cpu_times() for p in (self._process, *self._process.children(recursive=True))]
        return sum(t.user + t.system for t in times)

    def _client(self) -> Client:
        return Client(self._certificate, is_filtered=self._is_filtered)

    async def _watch(self, client: Client) -> None:
        await client.watch(self._http, self._engine.whep_url, self._engine.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A few viewers without a filter: does everything arrive, and decode?"""

    viewers: int
    packets: int
    lost_packets: int
    pictures: int
    decoded_pictures: int


async def see_whole(engine: Engine, viewers: int, window_s: float) -> Whole:
    """Let a few viewers take and decode every packet."""
    audience = Audience(engine, is_filtered=False)
    await audience.until_published()
    await audience.grow_to(viewers)
    await asyncio.sleep(window_s)
    all_of = [client.arrivals for client in audience.clients]
    whole = Whole(
        viewers=viewers,
        packets=sum(a.packets for a in all_of),
        lost_packets=sum(a.lost for a in all_of),
        pictures=sum(a.timestamps for a in all_of),
        decoded_pictures=sum(a.pictures for a in all_of),
    )
    await audience.leave()
    return whole


async def rise(engine: Engine, steps: Sequence[int], window_s: float) -> list[Load]:
    """Measure with more and more viewers, until packets are lost or a core is full."""
    audience = Audience(engine)
    await audience.until_published()
    loads = []
    for viewers in steps:
        await audience.grow_to(viewers)
        loads.append(await audience.measure(window_s))
        is_starved = loads[-1].packets_per_s < 0.9 * loads[0].packets_per_s
        if loads[-1].lost_packets or is_starved or loads[-1].cpu_pct > 90:
            break
    await audience.leave()
    return loads
