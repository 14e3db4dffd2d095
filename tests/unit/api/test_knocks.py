"""A station that waits hears at once that somebody wants to see it."""

import asyncio
from uuid import UUID

import pytest

from api import knocks as module
from api.knocks import Knocks
from core.station import LiveMode
from storage.index.registry_tables import StationRow


@pytest.fixture
def on_demand(services, station):
    with services.transaction() as session:
        session.get(StationRow, station.station_id).live = LiveMode.ON_DEMAND.value
    return station


async def wait(client, station, within_s=20):
    answer = await client.get(f"/api/v1/agent/knock?within_s={within_s}", headers=station.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["is_wanted"]


async def until_waiting(services):
    while not len(services.knocks):  # noqa: ASYNC110 it begins in the app
        await asyncio.sleep(0.01)


async def test_asking_for_a_ticket_wakes_the_station_and_its_heartbeat_brings_the_wish(
    client, operator, services, on_demand
):
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(wait(client, on_demand))
        await until_waiting(services)
        camera_id = on_demand.camera_ids[0]
        await operator.get(f"/api/v1/cameras/{camera_id}/live")
    assert waiting.result()
    report = on_demand.report().model_dump_json()
    headers = {**on_demand.headers, "content-type": "application/json"}
    reply = (await client.post("/api/v1/agent/heartbeat", content=report, headers=headers)).json()
    assert [wish["camera_id"] for wish in reply["publish"]] == [str(camera_id)]


async def test_another_stations_ticket_wakes_nobody(
    client, operator, services, on_demand, new_station
):
    other = new_station()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(wait(client, on_demand, within_s=0.3))
        await until_waiting(services)
        await operator.get(f"/api/v1/cameras/{other.camera_ids[0]}/live")
    assert not waiting.result()
    assert len(services.knocks) == 0


async def test_a_station_that_comes_again_waits_once(client, services, on_demand):
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(wait(client, on_demand))
        await until_waiting(services)
        second = tasks.create_task(wait(client, on_demand, within_s=0.2))
    assert (first.result(), second.result()) == (False, False)
    assert len(services.knocks) == 0


async def test_nobody_waits_longer_than_the_process_lives():
    knocks = Knocks()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(knocks.wait(UUID(int=1), 60))
        await asyncio.sleep(0)
        knocks.close()
    assert not waiting.result()
    assert not await knocks.wait(UUID(int=1), 60)


async def test_more_stations_than_a_process_can_hold_are_not_kept_waiting(monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 1)
    knocks = Knocks()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(knocks.wait(UUID(int=1), 60))
        await asyncio.sleep(0)
        assert not await knocks.wait(UUID(int=2), 60)
        knocks.knock(UUID(int=1))
    assert waiting.result()


@pytest.mark.parametrize("within_s", ["-1", "31", "nan", "soon"])
async def test_only_a_sensible_time_can_be_asked_for(client, on_demand, within_s):
    path = f"/api/v1/agent/knock?within_s={within_s}"
    answer = await client.get(path, headers=on_demand.headers)
    assert answer.status_code == 422
