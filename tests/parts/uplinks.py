"""A real uplink on a recorded station's stock, as the agent runs it, for the time of a block."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import httpx

from core.clock import SystemClock
from recorder.centre.centre import Centre
from recorder.steps import Reached, Step
from recorder.stock.stocked import ObjectState, StockedObject
from recorder.uplink.uplink import Uplink
from tests.parts.recorded_station import RecordedStation
from tests.waiting import PATIENCE_S, until


class NotingCentre(Centre):
    """The real one; remembers what was put, in order."""

    def __init__(self, **parts: object) -> None:
        super().__init__(**parts)
        self.put_ids: list[UUID] = []

    async def put(self, grant, content, size_bytes) -> None:
        self.put_ids.append(grant.object_id)
        await super().put(grant, content, size_bytes)


@dataclass(kw_only=True)
class RunningUplink:
    uplink: Uplink
    centre: NotingCentre
    recorded: RecordedStation
    steps: list[Step]
    vanished: list[StockedObject] = field(default_factory=list)

    def in_state(self, state: ObjectState) -> set[UUID]:
        cameras = self.recorded.station.camera_ids
        found = [self.recorded.stock.objects_of(i, state) for i in cameras]
        return {stocked.object_id for objects in found for stocked in objects}

    @property
    def stored(self) -> set[UUID]:
        return self.in_state(ObjectState.STORED)

    async def until_all_stored(self) -> None:
        await self.until(lambda: self.stored == self.recorded.objects, "the archive has it all")

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        await until(condition, within_s=PATIENCE_S, what=what)


@asynccontextmanager
async def centre_of(recorded: RecordedStation, port: int) -> AsyncIterator[NotingCentre]:
    """The control API as the station's device speaks to it."""
    async with httpx.AsyncClient() as client:
        yield NotingCentre(
            server=f"http://127.0.0.1:{port}",
            device_id=recorded.station.device_id,
            key=recorded.station.key,
            clock=SystemClock(),
            client=client,
        )


@asynccontextmanager
async def running_uplink(
    recorded: RecordedStation,
    port: int,
    *,
    max_kbps: int | None = None,
    newest_first: bool = False,
    reached: Reached = lambda step: None,
) -> AsyncIterator[RunningUplink]:
    """Runs beside the block; what ends it otherwise ends the block."""
    steps, vanished = [], []

    def note(step: Step) -> None:
        steps.append(step)
        reached(step)

    async with centre_of(recorded, port) as centre, asyncio.TaskGroup() as tasks:
        uplink = Uplink(
            stock=recorded.stock,
            centre=centre,
            clock=SystemClock(),
            random=Random(1),
            max_kbps=max_kbps,
            newest_first=newest_first,
            on_vanished=vanished.append,
            reached=note,
        )
        task = tasks.create_task(uplink.run())
        yield RunningUplink(
            uplink=uplink, centre=centre, recorded=recorded, steps=steps, vanished=vanished
        )
        task.cancel()
