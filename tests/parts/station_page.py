"""A station with real cameras, a probe and its page on a real socket; no centre."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import httpx
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from core.live_stream import StreamKey
from recorder.camera import CameraPlan
from recorder.clock_state import ClockState
from recorder.live.publishers import Live
from recorder.page.app import make_page
from recorder.page.serving import serve
from recorder.probe.probe import Probe
from recorder.recording import Recording
from recorder.sources.address import read_address
from recorder.station import Identity, Station
from recorder.uplink.counters import UplinkCounters
from tests.waiting import PATIENCE_S, wait_until

PIN = "482913"
_PINS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True, kw_only=True)
class RunningStation:
    """What records, and who it is."""

    station: Station
    camera_ids: tuple[UUID, ...]

    def has_stills(self) -> bool:
        return all(self.station.look(camera_id) for camera_id in self.camera_ids)


@contextmanager
def running_station(folder: Path, addresses: list[str]) -> Iterator[RunningStation]:
    """Record the cameras at these addresses for the time of the block."""
    clock, ids = SystemClock(), tuple(uuid4() for _ in addresses)
    recording = Recording(
        spool=folder / "spool",
        device_id=uuid4(),
        key=Ed25519PrivateKey.generate(),
        plans=[
            CameraPlan(
                camera_id=camera_id,
                position=position,
                source=read_address(address),
                segment_target_s=10.0,
            )
            for position, (camera_id, address) in enumerate(zip(ids, addresses, strict=True), 1)
        ],
        clock=clock,
        reserve_bytes=0,
    )
    probe = Probe(recording.cameras, clock)
    recording.start()
    probe.start()
    try:
        yield RunningStation(station=_station(recording, probe, clock), camera_ids=ids)
    finally:
        probe.stop()
        recording.stop(PATIENCE_S)


def _station(recording: Recording, probe: Probe, clock: SystemClock) -> Station:
    names = ("Урны", "Стол выдачи бюллетеней", "Вход")
    return Station(
        identity=Identity(
            device_id=uuid4(),
            number="1042",
            name="Школа № 5",
            zone="Asia/Bishkek",
            camera_names=dict(zip(recording.cameras, names, strict=False)),
            pin_hash=_PINS.hash(PIN),
        ),
        version="1.0",
        recording=recording,
        probe=probe,
        live=Live(
            {StreamKey(c): camera for c, camera in recording.cameras.items()},
            httpx.AsyncClient(),
            clock,
            Random(1),
        ),
        uplink=UplinkCounters(),
        read_clock_state=lambda: ClockState(offset_s=0.02, is_synced=True),
        clock=clock,
    )


@contextmanager
def served_page(station: Station, listen: str = "127.0.0.1:0") -> Iterator[str]:
    """Serve the station's page, with nobody's PIN known yet; gives its address."""
    with serving(lambda told: serve(make_page(station), listen, on_listening=told)) as ports:
        wait_until(lambda: bool(ports), within_s=PATIENCE_S, what="the page listens")
        yield f"http://127.0.0.1:{ports[0]}"


@contextmanager
def serving(serve_it) -> Iterator[list[int]]:
    """Serve in a loop and thread of its own; gives the ports it told, as they come."""
    ports: list[int] = []
    loop = asyncio.new_event_loop()
    task = loop.create_task(serve_it(lambda _host, port: ports.append(port)))
    thread = threading.Thread(target=_until_cancelled, args=(loop, task), name="page")
    thread.start()
    try:
        yield ports
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the page does not end"


def _until_cancelled(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(_waited(task))


async def _waited(task: asyncio.Task[None]) -> None:
    await asyncio.wait({task})
