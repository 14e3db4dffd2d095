from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.device_token import sign_device_token
from storage.registry.devices import revoke_device
from tests.fakes.agent import beat, put_still


async def call(client, station, path: str):
    """One call of a station's agent, by the last part of its address."""
    match path:
        case "heartbeat":
            return await beat(client, station)
        case "still":
            return await put_still(client, station, station.camera_ids[0])
        case "knock":
            address = "/api/v1/agent/knock?within_s=0"
            return await client.get(address, headers=station.headers)
    body = {"entries": "lines", "grants": "objects", "confirm": "object_ids"}
    return await client.post(
        f"/api/v1/agent/{path}", json={body[path]: []}, headers=station.headers
    )


CALLS = ("heartbeat", "still", "knock", "entries", "grants", "confirm")


@pytest.mark.parametrize("path", CALLS)
async def test_a_device_that_called_before_is_refused_once_it_is_revoked(
    client, services, station, path
):
    assert (await call(client, station, path)).is_success
    with services.transaction() as session:
        revoke_device(session, station.device_id, services.now_utc)
    assert (await call(client, station, path)).status_code == 401


def test_every_call_of_a_device_is_among_these(app):
    paths = {route.path for route in app.routes if route.path.startswith("/api/v1/agent/")}
    ours = {path.rpartition("/")[2] for path in paths}
    assert ours - {"enrol", "{grant}"} == set(CALLS)


async def test_a_remembered_key_does_not_let_another_key_in(client, clock, station):
    assert (await beat(client, station)).is_success
    token = sign_device_token(Ed25519PrivateKey.generate(), station.device_id, clock.utc())
    answer = await client.post(
        "/api/v1/agent/entries",
        json={"lines": []},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 401


async def test_a_device_that_nobody_knows_is_not_remembered(client, services, clock):
    device_id = uuid4()
    token = sign_device_token(Ed25519PrivateKey.generate(), device_id, clock.utc())
    await client.post(
        "/api/v1/agent/entries",
        json={"lines": []},
        headers={"authorization": f"Bearer {token}"},
    )
    assert services.ingest.devices.remembered(device_id) is None
