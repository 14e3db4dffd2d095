import asyncio
import threading
from uuid import UUID

import pytest

from core.wire.heartbeat import DiskReport, StationReport
from recorder.page import fresh_report
from recorder.page.fresh_report import FreshReport
from tests.fakes.clock import FakeClock


class SlowStation:
    """Answers when its disk does."""

    def __init__(self):
        self.clock = FakeClock()
        self.asked = 0
        self.disk = threading.Event()
        self.disk.set()
        self.failure = None

    def report(self):
        self.asked += 1
        self.disk.wait(10)
        if self.failure:
            raise self.failure
        return StationReport(
            device_id=UUID(int=1),
            sent_utc=self.clock.utc(),
            agent_version="1",
            uptime_s=float(self.asked),
            cameras=(),
            disk=DiskReport(),
        )


@pytest.fixture
def station(monkeypatch):
    monkeypatch.setattr(fresh_report, "_WITHIN_S", 0.05)
    station = SlowStation()
    yield station
    station.disk.set()


async def test_many_readers_cost_one_question_a_second(station):
    fresh = FreshReport(station)
    got = await asyncio.gather(*(fresh.get() for _ in range(10)))
    assert {one.report.uptime_s for one in got} == {1.0}
    station.clock.advance(1.5)
    assert (await fresh.get()).report.uptime_s == 2.0
    assert station.asked == 2


async def test_a_hanging_disk_leaves_the_last_report_with_its_age(station):
    fresh = FreshReport(station)
    await fresh.get()
    station.disk.clear()
    station.clock.advance(20.0)
    got = [await fresh.get() for _ in range(3)]
    station.disk.set()  # the event loop's end waits for its threads
    assert [one.age_s for one in got] == [20.0] * 3
    assert station.asked == 2


async def test_before_the_first_answer_nothing_is_known(station):
    station.disk.clear()
    got = await FreshReport(station).get()
    station.disk.set()
    assert (got.report, got.age_s) == (None, None)


async def test_a_failure_leaves_the_last_report_too(station):
    fresh = FreshReport(station)
    await fresh.get()
    station.failure = OSError("gone")
    station.clock.advance(5.0)
    got = await fresh.get()
    assert (got.report.uptime_s, got.age_s) == (1.0, 5.0)
