"""The stock's lock is held by a thread that waits for the disk: what the station says meanwhile."""

import asyncio
import threading
from random import Random
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import SystemClock
from recorder import heartbeat, station
from recorder.clock_state import unknown_clock_state
from recorder.heartbeat import Heartbeat
from recorder.live.publishers import Live
from recorder.probe.probe import Probe
from recorder.recording import Recording
from recorder.station import Identity, Station
from recorder.uplink.counters import UplinkCounters

WITHIN_S = 10.0


@pytest.fixture
def recording(tmp_path):
    recording = Recording(
        spool=tmp_path,
        device_id=uuid4(),
        key=Ed25519PrivateKey.generate(),
        plans=(),
        clock=SystemClock(),
        reserve_bytes=0,
    )
    (tmp_path / "pollcam-spool").write_text(f"{recording._keeper._disk._device_id}\n")
    yield recording
    recording.stock.close()


@pytest.fixture
def reporting(recording):
    clock = SystemClock()
    return Station(
        identity=Identity(
            device_id=uuid4(), number="1", name="", zone="UTC", camera_names={}, pin_hash=""
        ),
        version="1.0",
        recording=recording,
        probe=Probe({}, clock),
        live=Live({}, httpx.AsyncClient(), clock, Random(1)),
        uplink=UplinkCounters(),
        read_clock_state=unknown_clock_state,
        clock=clock,
    )


@pytest.fixture
def hanging(recording, monkeypatch):
    """The disk hangs from now on, until this is set."""
    monkeypatch.setattr(station, "_DISK_WITHIN_S", 0.05)
    freed, held = threading.Event(), threading.Event()

    def hold():
        with recording.stock._file._lock:
            held.set()
            freed.wait(WITHIN_S)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert held.wait(WITHIN_S)
    yield freed
    freed.set()
    thread.join(WITHIN_S)


class Centre:
    """Hears; answers that it wants nothing."""

    def __init__(self, enough):
        self.heard, self.enough, self.has_enough = [], enough, asyncio.Event()

    async def heartbeat(self, report):
        self.heard.append(report)
        if len(self.heard) == self.enough:
            self.has_enough.set()
        return type("Reply", (), {"stills": ()})()


def test_a_disk_that_answers_is_not_called_failed(reporting):
    assert not reporting.report().disk.is_failed


def test_a_report_does_not_wait_for_a_disk_that_hangs_and_says_so(reporting, hanging, monkeypatch):
    before = threading.active_count()
    reports = [reporting.report() for _ in range(5)]
    assert all(report.disk.is_failed for report in reports)
    assert threading.active_count() <= before + 1
    monkeypatch.setattr(station, "_DISK_WITHIN_S", WITHIN_S)
    hanging.set()
    assert not reporting.report().disk.is_failed


async def test_the_centre_hears_of_the_disk_in_every_beat(reporting, hanging, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.01)
    monkeypatch.setattr(heartbeat, "_AT_LEAST_S", 0.0)
    centre = Centre(enough=20)
    beating = Heartbeat(station=reporting, centre=centre, take=lambda _: None, random=Random(1))
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(beating.run())
        await centre.has_enough.wait()
        assert await asyncio.to_thread(lambda: "nobody else waits") == "nobody else waits"
        task.cancel()
    assert all(report.disk.is_failed for report in centre.heard)
