"""What runs beside the requests of one process, from its start to its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import httpx
import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from api.events import Audience, Event
from api.export_workers import ExportWorkers
from api.fleet_watch import FleetLook, FleetWatch
from api.metrics import Metrics
from api.narrator import Narrator, tick_event
from api.services import Services

_TICK = timedelta(seconds=5)
_STREAMER_EVERY = timedelta(seconds=5)
_EXPORTS_EVERY = timedelta(seconds=1)
_EXPIRE_EVERY = timedelta(minutes=1)
_END_S = 2.0
"""A look takes a part of it; whatever takes longer is left behind."""

_log = structlog.get_logger(__name__)


def _close(connection: DBAPIConnection, _record: object) -> None:
    connection.close()


class Background:
    """The watch over the fleet, the questions to the streamer and the making of exports."""

    def __init__(self, services: Services, metrics: Metrics) -> None:
        self._services = services
        self._metrics = metrics
        self._watch = FleetWatch(services)
        self._workers = ExportWorkers(services)
        self._narrators: dict[Audience, Narrator] = {}
        self._ticked_s = 0.0
        self._thread = CapacityLimiter(1)  # its own: a busy API must not stop the watch

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Run everything for the time of the block."""
        ending = asyncio.Event()
        async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
            finishing = [tasks.create_task(loop) for loop in self._finishing(ending)]
            cut_off = [tasks.create_task(loop) for loop in self._cut_off(client, ending)]
            yield
            self._services.events.close()
            self._services.knocks.close()
            ending.set()
            for task in cut_off:
                task.cancel()
            await asyncio.wait(finishing, timeout=_END_S)
            for task in finishing:
                task.cancel()
        self._workers.close()
        self._let_go()

    def _let_go(self) -> None:
        """Close what is open, and what somebody who was left behind still uses when they are done.

        That is an export, or a request that outlived its server: cancelling does not end a thread.
        """
        event.listen(self._services.engine, "checkin", _close)
        self._services.close()

    def _finishing(self, ending: asyncio.Event) -> Iterator[Coroutine[None, None, None]]:
        """What is let finish what it has begun: it is in a thread, and soon done."""
        interval = self._services.settings.fleet_interval
        yield supervised("fleet", self.watch_once, interval, ending)
        yield supervised("expiry of exports", self._workers.expire, _EXPIRE_EVERY, ending)

    def _cut_off(
        self, client: httpx.AsyncClient, ending: asyncio.Event
    ) -> Iterator[Coroutine[None, None, None]]:
        """What nobody waits for in the end."""
        streamer = self._services.streamer
        yield supervised("streamer", lambda: streamer.ask(client), _STREAMER_EVERY, ending)
        for _ in range(self._services.settings.export_workers):
            yield supervised("exports", self._workers.work, _EXPORTS_EVERY, ending)

    async def watch_once(self) -> None:
        """One look at the fleet, and its telling."""
        hub = self._services.events
        look, events = await to_thread.run_sync(self._look, hub.audiences, limiter=self._thread)
        for audience, told in events.items():
            hub.publish(audience, told)
        self._show(look)

    def _look(
        self, audiences: frozenset[Audience]
    ) -> tuple[FleetLook, dict[Audience, list[Event]]]:
        look, now_s = self._watch.look(), self._services.clock.monotonic_s()
        self._narrators = {a: self._narrators.get(a) or Narrator(a) for a in audiences}
        events = {a: narrator.following(look) for a, narrator in self._narrators.items()}
        if now_s - self._ticked_s >= _TICK.total_seconds():
            self._ticked_s = now_s
            self._services.fleet.tell(look.snapshot)
            for audience, told in events.items():
                told.append(tick_event(look.snapshot, audience))
        return look, events

    def _show(self, look: FleetLook) -> None:
        self._metrics.show_fleet(look.snapshot)
        self._metrics.show_incidents(look.open_kinds)
        self._metrics.subscribers.set(len(self._services.events))
        self._metrics.cut_off.set(self._services.events.cut_off_total)
        self._metrics.streamer_up.set(self._services.streamer.is_reachable)


async def supervised(
    name: str, action: Callable[[], Awaitable[None]], interval: timedelta, ending: asyncio.Event
) -> None:
    """Do something again and again until the end, and finish what was begun.

    What fails is told to the log and tried at the next turn.
    """
    while not ending.is_set():
        try:
            await action()
        except Exception:  # noqa: BLE001 the supervisor: it logs and goes on
            _log.exception("background.failed", task=name)
        with suppress(TimeoutError):
            async with asyncio.timeout(interval.total_seconds()):
                await ending.wait()
