"""What many pages ask for at once is looked at, counted and put into bytes once."""

import re
from datetime import timedelta
from threading import Event, Lock, Thread

import pytest

from api.auth.rights import Role
from api.background import Background
from api.events import Audience
from api.fleet import Fleet
from api.fleet_watch import FleetWatch
from api.metrics import Metrics
from api.narrator import first_events
from api.web.wall_view import summary_for
from tests.fakes.fleet import heard, place, snapshot
from tests.fakes.journal import MORNING
from tests.unit.api.test_fleet import beat, look
from tests.waiting import wait_until

EVERYBODY = Audience(regions=(), sees_incidents=True)


async def shown(client, path="/api/v1/stations"):
    return (await client.get(path)).raise_for_status().json()


async def statuses(client):
    return [station["status"] for station in await shown(client)]


async def checked(client, **query):
    page = (await client.get("/wall/summary", params=query)).raise_for_status().text
    return re.search(r'data-checked="([^"]+)"', page)[1], page


async def test_whoever_asks_is_shown_what_the_watch_saw_last(services, clock, station, operator):
    watch = FleetWatch(services)
    watch.look()
    beat(services, station)
    clock.advance(2)
    assert await statuses(operator) == ["unknown"]
    assert (await checked(operator))[0] == MORNING.isoformat()
    watch.look()
    assert await statuses(operator) == ["ok"]


async def test_where_the_watch_has_stopped_whoever_asks_looks(services, clock, station, operator):
    FleetWatch(services).look()
    beat(services, station)
    clock.advance(5.1)
    assert await statuses(operator) == ["ok"]


async def test_what_is_registered_is_shown_at_once(services, admin, station):
    watch = FleetWatch(services)
    watch.look()
    new = {"number": "77", "name": "School", "region": "osh", "cameras": ["entrance"]}
    made = (await admin.post("/api/v1/stations", json=new)).raise_for_status().json()
    assert (await shown(admin, f"/api/v1/stations/{made['id']}/status"))["number"] == "77"
    watch.look()  # a second later: it reads stations every 5 s alone
    assert len(await shown(admin)) == 2
    path = f"/api/v1/devices/{station.device_id}/revoke"
    beat(services, station)
    watch.look()
    assert sorted(await statuses(admin)) == ["ok", "unknown"]
    await admin.post(path)
    assert await statuses(admin) == ["unknown", "unknown"]


def test_what_comes_first_is_made_once_for_an_audience():
    seen = snapshot(MORNING, *((p, heard(p)) for p in (place(1), place(2, region="chuy"))))
    assert first_events(seen, EVERYBODY) is first_events(seen, EVERYBODY)
    one_region = Audience(regions=("chuy",), sees_incidents=True)
    assert len(first_events(seen, one_region)[0].encoded) < len(
        first_events(seen, EVERYBODY)[0].encoded
    )
    assert summary_for(seen, ["chuy"]) is summary_for(seen, ("chuy",))
    assert (summary_for(seen, ()).stations, summary_for(seen, ("chuy",)).stations) == (2, 1)


def test_a_summary_is_another_one_when_more_than_time_has_passed():
    where = place(1)
    well, cut = heard(where), heard(where, cut=(1,))
    version = summary_for(snapshot(MORNING, (where, cut)), ()).version
    later = snapshot(MORNING + timedelta(seconds=3), (where, cut))
    assert summary_for(later, ()).version == version
    assert summary_for(snapshot(MORNING, (where, well)), ()).version != version


async def test_a_page_that_asks_for_its_summary_is_given_the_one_it_was_told_of(
    services, clock, station, operator
):
    background = Background(services, Metrics())
    await background.watch_once()
    for _ in range(3):
        clock.advance(1)
        await background.watch_once()
    assert (await checked(operator))[0] == MORNING.isoformat()
    clock.advance(2)
    await background.watch_once()
    assert (await checked(operator))[0] == services.now_utc.isoformat()
    clock.advance(10.1)  # the watch has stopped
    assert (await checked(operator))[0] == services.now_utc.isoformat()


@pytest.fixture
def country(services, new_station):
    for region in ("osh", "chuy"):
        beat(services, new_station(region=region))
    FleetWatch(services).look()


async def test_a_summary_made_for_one_reader_is_not_shown_to_one_who_may_see_less(
    people, operator, country
):
    stranger = people.client(Role.OPERATOR, "chuy")
    _, whole = await checked(operator)
    _, part = await checked(stranger)
    assert "region=osh" in whole
    assert "region=osh" not in part
    _, again = await checked(people.client(Role.OPERATOR))
    assert again == whole


async def test_a_summary_is_in_the_language_and_for_the_address_of_who_asks(operator, country):
    _, in_russian = await checked(operator, lang="ru")
    _, in_english = await checked(operator, lang="en")
    assert in_russian != in_english
    _, of_osh = await checked(operator, lang="en", region="osh")
    assert of_osh.count("is-chosen") == in_english.count("is-chosen")
    assert of_osh != in_english


class CountingLock:
    def __init__(self):
        self.lock, self.asked = Lock(), 0

    def __enter__(self):
        self.asked += 1
        self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()


class SlowFleet(Fleet):
    def __init__(self):
        super().__init__()
        self._lock = CountingLock()
        self.looks, self.has_begun, self.may_go_on = 0, Event(), Event()

    def _read_registry(self, session):
        self.looks += 1
        self.has_begun.set()
        self.may_go_on.wait(20)
        super()._read_registry(session)


def test_those_who_ask_while_somebody_looks_share_the_next_look(services, station):
    fleet, seen = SlowFleet(), []

    def ask():
        with services.transaction() as session:
            seen.append(fleet.current(session, services.now_utc))

    first = Thread(target=ask)
    first.start()
    assert fleet.has_begun.wait(20)
    others = [Thread(target=ask) for _ in range(5)]
    for other in others:
        other.start()
    wait_until(lambda: fleet._lock.asked == 6, within_s=20, what="all have asked")
    fleet.may_go_on.set()
    for thread in (first, *others):
        thread.join(20)
    assert len(seen) == 6
    assert fleet.looks == 2
    assert look(services, fleet).stations[0].site.station.station_id == station.station_id
