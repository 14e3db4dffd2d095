"""A station's calls against a real control API, with clocks that are wrong."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from core.clock import Clock, SystemClock
from recorder.centre.centre import Centre, CentreRefusedError, CentreUnreachableError
from storage.registry.stills import still_times
from tests.fakes.station import JPEG, FakeStation, register
from tests.parts.control_api import ControlApi, running_api

NewCentre = Callable[..., Centre]


class WrongClock:
    """The machine's clock, off by so much."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead
        self._right: Clock = SystemClock()

    def utc(self) -> datetime:
        return self._right.utc() + self.ahead

    def monotonic_s(self) -> float:
        return self._right.monotonic_s()


def now_s() -> float:
    return SystemClock().monotonic_s()


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[ControlApi]:
    folder = tmp_path_factory.mktemp("centre")
    with running_api(folder, streamer_report_url="http://127.0.0.1:9") as api:
        yield api


@pytest.fixture
def station(api) -> FakeStation:
    return register(api.services)


@pytest.fixture
async def new_centre(api, station) -> AsyncIterator[NewCentre]:
    async with httpx.AsyncClient() as client:

        def make(ahead: timedelta = timedelta(0), port: int = api.port) -> Centre:
            return Centre(
                server=f"http://127.0.0.1:{port}",
                device_id=station.device_id,
                key=station.key,
                clock=WrongClock(ahead),
                client=client,
            )

        yield make


@pytest.mark.parametrize("hours", [-1, 0, 1, 20, -20])
async def test_a_station_with_a_wrong_clock_reports_and_knows_by_how_much(
    new_centre, station, hours
):
    centre, began_s = new_centre(timedelta(hours=hours)), now_s()
    assert centre.clock_offset_s is None
    reply = await centre.heartbeat(station.report())
    took_s = now_s() - began_s  # half of it at most goes into what is measured
    assert centre.clock_offset_s == pytest.approx(hours * 3600, abs=0.1 + took_s)
    passed_s = (centre.utc() - reply.server_utc).total_seconds()
    assert abs(passed_s) < 0.1 + 2 * (now_s() - began_s)
    assert (await centre.entries(())).heads == ()


@pytest.mark.parametrize("days", [-400, 3])
async def test_a_station_that_lost_its_date_is_heard_at_the_second_try(new_centre, station, days):
    centre = new_centre(timedelta(days=days))
    with pytest.raises(CentreRefusedError, match="401"):
        await centre.heartbeat(station.report())
    # By the Date of the refusal: whole seconds, and the server renews it about once a second.
    assert centre.clock_offset_s == pytest.approx(days * 86400, abs=10.0)
    await centre.heartbeat(station.report())


async def test_a_clock_that_is_set_right_is_noticed_without_an_answer(new_centre, station):
    clock_ahead = timedelta(hours=1)
    centre, began_s = new_centre(clock_ahead), now_s()
    await centre.heartbeat(station.report())
    centre._clock.ahead = timedelta(0)
    assert centre.clock_offset_s == pytest.approx(0, abs=0.1 + now_s() - began_s)


async def test_a_still_is_kept_with_the_time_it_was_taken(api, new_centre, station):
    camera_id = station.camera_ids[0]
    before_utc = api.services.now_utc
    await new_centre(timedelta(hours=1)).put_still(camera_id, JPEG, 30.0)
    with api.services.transaction() as session:
        taken_utc = still_times(session, [camera_id])[camera_id]
    assert before_utc <= taken_utc + timedelta(seconds=30) <= api.services.now_utc


async def test_a_still_of_a_camera_of_others_is_refused(new_centre):
    with pytest.raises(CentreRefusedError) as refused:
        await new_centre().put_still(uuid4(), JPEG, 1.0)
    assert refused.value.status == 404


async def test_where_nobody_listens_nobody_answers(new_centre, station):
    with pytest.raises(CentreUnreachableError):
        await new_centre(port=9).heartbeat(station.report())
