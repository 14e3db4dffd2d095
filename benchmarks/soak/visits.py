"""Viewers that come and leave, each in one of the ways in which viewers leave."""

import asyncio
from dataclasses import dataclass, field

import httpx
from aiortc import RTCCertificate

from benchmarks.fanout.client import Client

STAY_S = 0.5
_REQUEST_S = 30.0
_CONNECTIONS = httpx.Limits(keepalive_expiry=2.0)
"""Given up before the streamer does so, or a request could meet a connection that ends."""


@dataclass(slots=True)
class Tally:
    """How the visits went."""

    connects: int = 0
    by_way: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def count(self, way: str, failure: str | None) -> None:
        """One more visit."""
        self.connects += 1
        self.by_way[way] = self.by_way.get(way, 0) + 1
        if failure is not None:
            self.failures[failure] = self.failures.get(failure, 0) + 1


class Visits:
    """Makes visits to one WHEP endpoint.

    Args:
        url: The endpoint.
        headers: The bearer.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.tally = Tally()
        self._url = url
        self._headers = headers
        self._certificate = RTCCertificate.generateCertificate()
        self._http = httpx.AsyncClient(timeout=_REQUEST_S, limits=_CONNECTIONS)
        self._ways = (
            self._leave_well,
            self._vanish,
            self._never_connect,
            self._change_mind,
        )

    async def visit(self, number: int) -> None:
        """Come and leave; the number says in which way."""
        way = self._ways[number % len(self._ways)]
        client = Client(self._certificate, is_filtered=True)
        failure = None
        try:
            await way(client)
        except (ConnectionError, TimeoutError, httpx.HTTPError) as error:
            failure = _name_of(error)
        finally:
            await client.vanish()
        self.tally.count(way.__name__.lstrip("_"), failure)

    async def close(self) -> None:
        """No more visits."""
        await self._http.aclose()

    async def _leave_well(self, client: Client) -> None:
        await client.watch(self._http, self._url, self._headers)
        await asyncio.sleep(STAY_S)
        await client.leave(self._http, self._headers)

    async def _vanish(self, client: Client) -> None:
        """As a phone without a battery: the streamer finds out when consent runs out."""
        await client.watch(self._http, self._url, self._headers)
        await asyncio.sleep(STAY_S)

    async def _never_connect(self, client: Client) -> None:
        """As behind a network that lets no UDP through."""
        await client.offer(self._http, self._url, self._headers)

    async def _change_mind(self, client: Client) -> None:
        await client.offer(self._http, self._url, self._headers)
        await client.leave(self._http, self._headers)


async def make_visits(visits: Visits, count: int, per_s: float, at_once: int = 32) -> None:
    """Make so many visits, evenly over time, and no more at once than that."""
    slots, loop = asyncio.Semaphore(at_once), asyncio.get_running_loop()
    began_s = loop.time()

    async def one(number: int) -> None:
        try:
            await visits.visit(number)
        finally:
            slots.release()

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            await asyncio.sleep(began_s + number / per_s - loop.time())
            await slots.acquire()
            tasks.create_task(one(number))


def _name_of(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return str(error.response.status_code)
    return type(error).__name__
