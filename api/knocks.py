"""Tells a station at once that somebody wants to see it: it waits here between its heartbeats."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

MAX_WAITING = 1200
"""Of the 2,000 connections that a process serves; the stations beyond hear at their heartbeats."""


@dataclass(slots=True)
class _Waiting:
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_knocked: bool = False


class Knocks:
    """Stations that wait, in one process. Of each, the newest question waits."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, _Waiting] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def wait(self, station_id: UUID, within_s: float) -> bool:
        """Wait for a knock; false: none came in time, or nobody can wait here now."""
        is_full = len(self._waiting) >= MAX_WAITING and station_id not in self._waiting
        if self._is_closed or is_full:
            return False
        self._loop = asyncio.get_running_loop()
        before, mine = self._waiting.get(station_id), _Waiting()
        if before is not None:
            before.over.set()  # its connection was lost, or it would not have come again
        self._waiting[station_id] = mine
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await mine.over.wait()
        finally:
            if self._waiting.get(station_id) is mine:
                del self._waiting[station_id]
        return mine.is_knocked

    def knock(self, station_id: UUID) -> None:
        """Wake a station, if it waits. From any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the process goes down
                self._loop.call_soon_threadsafe(self._wake, station_id)

    def close(self) -> None:
        """Let all go; nobody waits from now on."""
        self._is_closed = True
        for waiting in self._waiting.values():
            waiting.over.set()

    def _wake(self, station_id: UUID) -> None:
        waiting = self._waiting.get(station_id)
        if waiting is not None:
            waiting.is_knocked = True
            waiting.over.set()
