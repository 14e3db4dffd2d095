"""Every route of the app is walked: what it demands, and what each role gets there."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.auth.current import Require, anybody
from api.auth.device import current_device
from api.auth.rights import RIGHTS, Right, Role

# What docs/design/house.md section 3.2 says in words.
EXPECTED = {
    Role.ADMIN: set(Right),
    Role.OPERATOR: {
        Right.OWN_ACCOUNT,
        Right.SEE_STATUS,
        Right.SEE_SNAPSHOT,
        Right.WATCH_LIVE,
        Right.SEE_COVERAGE,
        Right.SEE_INCIDENTS,
        Right.HANDLE_INCIDENTS,
    },
    Role.AUDITOR: {
        Right.OWN_ACCOUNT,
        Right.SEE_STATUS,
        Right.SEE_COVERAGE,
        Right.WATCH_ARCHIVE,
        Right.EXPORT,
        Right.HOLD,
        Right.SEE_ACCESS_LOG,
    },
    Role.TECHNICIAN: {
        Right.OWN_ACCOUNT,
        Right.SEE_STATUS,
        Right.SEE_SNAPSHOT,
        Right.SEE_DEVICES,
    },
    Role.OBSERVER: {Right.OWN_ACCOUNT, Right.SEE_STATUS, Right.SEE_COVERAGE},
}
OPEN_TO_ALL = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/live-key"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/agent/enrol"),
    ("PUT", "/api/v1/agent/objects/{grant}"),
    *(
        ("GET", "/hls/{camera_id}/{begin}/{signature}/" + name)
        for name in ("live.m3u8", "{run_id}.mp4", "{segment_id}.m4s")
    ),
    ("GET", "/"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/dev/components"),
}
NOT_OURS = ("/api/openapi.json", "/static/")
"""The framework's: no route of ours answers there."""
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    right: Right | None
    is_for_devices: bool
    is_open: bool

    @property
    def address(self) -> str:
        return re.sub(r"\{[^}]+\}", str(NOBODY), self.path)


def calls_of(dependant) -> list[object]:
    found = [dependant.call]
    for inner in dependant.dependencies:
        found += calls_of(inner)
    return found


def routes_of(app: FastAPI) -> list[Route]:
    routes = []
    for context in iter_route_contexts(app.routes):
        if context.path.startswith(NOT_OURS):
            continue
        calls = calls_of(context.dependant)
        rights = [call.right for call in calls if isinstance(call, Require)]
        assert len(rights) <= 1, context.path
        routes += [
            Route(
                method=method,
                path=context.path,
                right=rights[0] if rights else None,
                is_for_devices=current_device in calls,
                is_open=anybody in calls,
            )
            for method in context.methods
        ]
    return routes


@pytest.fixture
def routes(app, services) -> list[Route]:
    found = routes_of(app)
    assert len(found) > 80
    return found


def test_the_table_of_rights_says_what_the_design_says():
    assert {role: set(rights) for role, rights in RIGHTS.items()} == EXPECTED


def test_every_route_declares_exactly_one_demand(routes):
    undeclared = [r for r in routes if (r.right is not None) + r.is_for_devices + r.is_open != 1]
    assert undeclared == []


def test_only_the_listed_routes_are_open_to_all(routes):
    assert {(r.method, r.path) for r in routes if r.is_open} == OPEN_TO_ALL


async def test_nobody_gets_past_401_anywhere_else(routes, client):
    for route in routes:
        if not route.is_open:
            answer = await client.request(route.method, route.address)
            assert (answer.status_code, route) == (401, route)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", Role)
async def test_each_role_gets_what_its_rights_say_and_403_elsewhere(routes, people, role):
    client = people.client(role)
    for route in routes:
        if route.right is None:
            continue
        if route.path == "/api/v1/events" and route.right in RIGHTS[role]:
            continue  # endless; tests/integration/api listens to it
        answer = await client.request(route.method, route.address)
        is_refused = answer.status_code == 403
        assert (is_refused, route) == (route.right not in RIGHTS[role], route), answer.text
        assert answer.status_code not in (401, 500), answer.text


@pytest.mark.parametrize("role", Role)
async def test_no_account_passes_for_a_device(routes, people, role):
    client = people.client(role)
    for route in [r for r in routes if r.is_for_devices]:
        answer = await client.request(route.method, route.address)
        assert (answer.status_code, route) == (401, route)


async def test_a_device_passes_for_no_account(routes, client, station):
    for route in [r for r in routes if r.right is not None]:
        answer = await client.request(route.method, route.address, headers=station.headers)
        assert (answer.status_code, route) == (401, route)
