"""Every route that takes an id is walked with an account of another region, and every list read.

What one may not see does not exist: the answer is 404, as for an id that nothing has.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from api.auth.rights import RIGHTS, Role
from api.services import Services
from core.timerange import TimeRange
from storage.registry.exports import ExportOrder, queue_export
from storage.registry.incidents import Occurrence, Place, report_occurrence
from storage.registry.stations import get_station
from storage.registry.stills import keep_still
from tests.fakes.journal import MORNING
from tests.fakes.station import JPEG, FakeStation
from tests.unit.api.test_footage import hand_over, iso
from tests.unit.api.test_rights import NOT_OURS, Route, routes_of

START, END = iso(0), iso(20)
BODIES: dict[str, dict[str, object]] = {
    "/api/v1/stations/{station_id}": {"address": "1 Lenin street"},
    "/api/v1/stations/{station_id}/cameras": {"name": "door"},
    "/api/v1/stations/{station_id}/cameras/{camera_id}": {"name": "door"},
    "/api/v1/accounts/{account_id}": {"language": "ky"},
    "/api/v1/holds/{hold_id}/release": {"reason": "the court has ruled"},
    "/api/v1/incidents/{incident_id}/acknowledge": {"comment": "seen"},
    "/api/v1/incidents/{incident_id}/comments": {"comment": "seen"},
    "/api/v1/exports": {"start": START, "end": END, "reason": "complaint"},
    "/api/v1/holds": {"start": START, "end": END, "reason": "court order"},
}
FORMS = {"/holds/{hold_id}/release": {"reason": "the court has ruled"}}
QUERIES = {"start": START, "end": END}
"""Of every call that has them: routes ignore what they do not know."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What there is in one region."""

    station: FakeStation
    ids: dict[str, UUID | str]
    """By the name of the parameter that takes it."""
    words: frozenset[str]
    """What names any of it to a reader."""


async def settled(services: Services, people, station: FakeStation) -> World:
    """A station of Osh with one of everything."""
    admin = people.account(Role.ADMIN, "osh", user="admin.of.osh")
    keeper = people.account(Role.AUDITOR, "osh", user="auditor.of.osh")
    ids = {"account_id": admin.account_id, **footage_of(services, station)}
    ids |= rows_of(services, station, keeper.account_id)
    ids |= await asked_for(client_of(people, keeper.account_id), station)
    with services.transaction() as session:
        row = get_station(session, station.station_id)
        row.name, number = "School of Osh", row.number
    words = {number, "School of Osh", "complaint of osh", "order of osh", admin.user}
    return World(station=station, ids=ids, words=frozenset(words))


def footage_of(services: Services, station: FakeStation) -> dict[str, UUID | str]:
    journal = station.journal()
    run = journal.start()
    segment = journal.segment(run, 0)
    hand_over(services, station, journal)
    camera_id = station.camera_ids[0]
    with services.transaction() as session:
        keep_still(session, camera_id, services.now_utc, JPEG)
    places = dict.fromkeys(("camera_id", "camera", "second"), camera_id)
    ids = {"station_id": station.station_id, "device_id": station.device_id, **places}
    return {**ids, "run_id": run.run_id, "segment_id": segment.segment_id}


def rows_of(services: Services, station: FakeStation, keeper: UUID) -> dict[str, UUID | str]:
    """An export that waits, and an incident."""
    place = Place(station_id=station.station_id, camera_id=station.camera_ids[0])
    trouble = Occurrence(kind="not_recording", place=place, detail="camera_silent")
    order = ExportOrder(
        account_id=keeper,
        camera_id=station.camera_ids[0],
        range=TimeRange(MORNING, services.now_utc),
        reason="complaint of osh",
        total_bytes=10,
    )
    with services.transaction() as session:
        return {
            "export_id": queue_export(session, order, services.now_utc).export_id,
            "incident_id": report_occurrence(session, trouble, services.now_utc).incident_id,
        }


async def asked_for(auditor, station: FakeStation) -> dict[str, UUID | str]:
    """A hold, a look and a token."""
    new = {**BODIES["/api/v1/holds"], "station_id": str(station.station_id)}
    hold = await auditor.post("/api/v1/holds", json={**new, "reason": "order of osh"})
    playlist = f"/api/v1/cameras/{station.camera_ids[0]}/playlist.m3u8"
    assert (await auditor.get(playlist, params=QUERIES)).status_code == 200
    made = await auditor.post("/api/v1/tokens", json={"label": "token of osh"})
    return {"hold_id": hold.json()["id"], "token_id": made.json()["id"]}


def client_of(people, account_id: UUID) -> httpx.AsyncClient:
    client = people.client(Role.OBSERVER)
    client.headers["authorization"] = f"Bearer {people.token(account_id)}"
    return client


@pytest.fixture
async def world(services, people, new_station, clock) -> World:
    clock.advance(60)
    new_station(region="chuy")
    return await settled(services, people, new_station(region="osh"))


@pytest.fixture
def walked(app, services) -> list[Route]:
    return [r for r in routes_of(app) if r.right is not None and r.path != "/api/v1/events"]


def names_in(path: str) -> list[str]:
    return re.findall(r"\{([^}]+)\}", path)


def is_of_a_place(route: Route) -> bool:
    """Of a token it is the owner that decides."""
    return bool(names_in(route.path)) and names_in(route.path) != ["token_id"]


def address(path: str, ids: dict[str, UUID | str]) -> str:
    return path.format_map({name: str(value) for name, value in ids.items()})


async def ask(client, route: Route, world: World) -> httpx.Response:
    path = address(route.path, world.ids)
    if route.path in FORMS:
        return await client.request(route.method, path, data=FORMS[route.path])
    body = BODIES.get(route.path) if route.method != "GET" else None
    return await client.request(route.method, path, json=body, params=QUERIES)


async def registered(admin) -> list[object]:
    """All that somebody could have changed."""
    kinds = ("stations", "devices", "accounts", "exports", "holds", "incidents")
    return [(await admin.get(f"/api/v1/{kind}")).json() for kind in kinds]


@pytest.mark.parametrize("role", Role)
async def test_what_is_of_another_region_does_not_exist(people, walked, world, role):
    stranger, admin = people.client(role, "chuy"), people.client(Role.ADMIN, "osh")
    taking = [r for r in walked if is_of_a_place(r) and r.right in RIGHTS[role]]
    assert taking
    before = await registered(admin)
    for route in taking:
        answer = await ask(stranger, route, world)
        assert (answer.status_code, route) == (404, route), answer.text
        assert not [word for word in world.words if word in answer.text], route
    assert await registered(admin) == before


async def test_the_calls_of_the_walk_are_good_ones(people, walked, world):
    """Whoever may see the region is answered: a 404 above is none for another reason."""
    neighbour = people.client(Role.ADMIN, "osh")
    for route in walked:
        if is_of_a_place(route) and not route.path.endswith("/live"):  # there is no streamer
            answer = await ask(neighbour, route, world)
            assert answer.status_code not in (403, 404, 422), (route, answer.text)


def lists(walked: list[Route], role: Role) -> list[str]:
    may = [r for r in walked if r.right in RIGHTS[role]]
    return [r.path for r in may if r.method == "GET" and not names_in(r.path)]


@pytest.mark.parametrize("role", Role)
async def test_no_list_names_what_is_of_another_region(people, walked, world, role):
    stranger = people.client(role, "chuy")
    outside = world.words | {str(one) for one in world.ids.values()}
    for path in lists(walked, role):
        text = (await stranger.get(path)).text
        assert not [word for word in outside if word in text], path


async def test_the_lists_of_the_walk_name_what_is_of_their_region(people, walked, world):
    neighbour = people.client(Role.ADMIN, "osh")
    shown = [(await neighbour.get(path)).text for path in lists(walked, Role.ADMIN)]
    assert world.words == {word for word in world.words for text in shown if word in text}


def ids_asked_for(app) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of every id that is taken beside the path."""
    for context in iter_route_contexts(app.routes):
        if not context.path.startswith(NOT_OURS):
            for method in context.methods:
                for name in sorted(set(_beside(context.dependant))):
                    yield method, context.path, name


def _beside(dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        yield from _beside(inner)
    for parameter in (*dependant.query_params, *dependant.body_params):
        kind = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = kind.model_fields.items()
            yield from (name for name, field in fields if "UUID" in str(field.annotation))
        elif "UUID" in str(kind):
            yield parameter.name


async def test_no_id_beside_the_path_shows_another_region(app, people, walked, world):
    stranger = people.client(Role.ADMIN, "chuy")
    routes = {(r.method, r.path): r for r in walked}
    asked = [(routes[m, path], name) for m, path, name in ids_asked_for(app) if (m, path) in routes]
    for route, name in asked:
        given = {name: str(world.ids[name])}
        told = {**QUERIES, **given} if route.method == "GET" else None
        body = None if told else {**BODIES[route.path], **given}
        path = address(route.path, world.ids)
        answer = await stranger.request(route.method, path, params=told, json=body)
        assert answer.status_code in ((200, 404) if told else (404,)), (route, answer.text)
        assert not [word for word in world.words if word in answer.text], (route, name)


async def test_a_foreign_camera_is_none_of_an_own_station(people, world, new_station):
    admin, own = people.client(Role.ADMIN, "chuy"), new_station(region="chuy")
    path = f"/api/v1/stations/{own.station_id}/cameras/{world.ids['camera_id']}"
    assert (await admin.patch(path, json={"name": "door"})).status_code == 404


async def test_a_number_that_is_typed_finds_no_station_of_another_region(people, world, services):
    auditor = people.client(Role.AUDITOR, "chuy")
    with services.transaction() as session:
        number = get_station(session, world.station.station_id).number
    shown = await auditor.get("/archive", params={"station": number})
    assert (shown.status_code, "School of Osh" in shown.text) == (404, False)
    form = {"station": number, "start": "2026-11-24 08:00", "end": "2026-11-24 09:00"}
    refused = await auditor.post("/holds/new", data={**form, "reason": "order"})
    unknown = await auditor.post("/holds/new", data={**form, "station": "none", "reason": "order"})
    assert refused.status_code == unknown.status_code == 422
    assert refused.text.replace(number, "none") == unknown.text
