from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.device_token import sign_device_token
from storage.index.registry_tables import DeviceRow, EnrolmentTokenRow, IncidentRow
from tests.fakes.agent import enrolment
from tests.fakes.station import public_text


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
async def issued(admin, station):
    answer = await admin.post(f"/api/v1/stations/{station.station_id}/enrolment-tokens")
    assert answer.status_code == 201
    return answer.json()


async def test_a_token_makes_a_device_known(client, station, issued, key):
    answer = await client.post("/api/v1/agent/enrol", json=enrolment(issued["token"], key))
    reply = answer.json()
    assert answer.status_code == 200
    assert reply["station_id"] == str(station.station_id)
    assert [c["camera_id"] for c in reply["cameras"]] == [str(c) for c in station.camera_ids]
    assert reply["station_pin"] == issued["station_pin"]
    assert len(issued["station_pin"]) == 6


async def test_the_new_device_can_send_heartbeats(client, clock, station, issued, key):
    reply = (await client.post("/api/v1/agent/enrol", json=enrolment(issued["token"], key))).json()
    report = station.report(device_id=reply["device_id"])
    token = sign_device_token(key, report.device_id, clock.utc())
    answer = await client.post(
        "/api/v1/agent/heartbeat",
        json=report.model_dump(mode="json"),
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200


async def test_a_second_device_with_the_same_token_is_refused_and_is_an_incident(
    client, services, station, issued, key
):
    await client.post("/api/v1/agent/enrol", json=enrolment(issued["token"], key))
    thief = Ed25519PrivateKey.generate()
    for _ in range(2):
        answer = await client.post("/api/v1/agent/enrol", json=enrolment(issued["token"], thief))
        assert answer.status_code == 401
    with services.transaction() as session:
        [incident] = session.query(IncidentRow).all()
        assert session.query(DeviceRow).filter_by(public_key=public_text(thief)).count() == 0
    assert incident.kind == "enrolment_token_reused"
    assert incident.station_id == station.station_id
    assert incident.count == 2


async def test_a_lost_answer_can_be_asked_for_again_until_the_first_heartbeat(
    client, clock, services, station, issued, key
):
    body = enrolment(issued["token"], key)
    first = (await client.post("/api/v1/agent/enrol", json=body)).json()
    assert (await client.post("/api/v1/agent/enrol", json=body)).json() == first
    report = station.report(device_id=first["device_id"])
    token = sign_device_token(key, report.device_id, clock.utc())
    await client.post(
        "/api/v1/agent/heartbeat",
        json=report.model_dump(mode="json"),
        headers={"authorization": f"Bearer {token}"},
    )
    assert (await client.post("/api/v1/agent/enrol", json=body)).status_code == 401
    with services.transaction() as session:
        assert [row.station_pin for row in session.query(EnrolmentTokenRow)] == [""]


async def test_a_key_is_not_registered_without_proof_of_it(client, issued, key):
    other = Ed25519PrivateKey.generate()
    body = enrolment(issued["token"], key, public_key=public_text(other))
    assert (await client.post("/api/v1/agent/enrol", json=body)).status_code == 401
    good = enrolment(issued["token"], key)
    assert (await client.post("/api/v1/agent/enrol", json=good)).status_code == 200


@pytest.mark.parametrize("public_key", ["", "no base64!", b64encode(b"short").decode()])
async def test_a_key_that_is_none_is_bad_input(client, issued, key, public_key):
    body = enrolment(issued["token"], key, public_key=public_key)
    assert (await client.post("/api/v1/agent/enrol", json=body)).status_code == 400


async def test_unknown_and_expired_tokens_are_refused(client, clock, settings, issued, key):
    answer = await client.post("/api/v1/agent/enrol", json=enrolment("0" * 32, key))
    assert (answer.status_code, "not known" in answer.text) == (401, True)
    clock.advance(settings.enrolment_lifetime.total_seconds())
    answer = await client.post("/api/v1/agent/enrol", json=enrolment(issued["token"], key))
    assert (answer.status_code, "expired" in answer.text) == (401, True)


async def test_the_token_text_is_in_no_list(admin, station, issued):
    answer = await admin.get(f"/api/v1/stations/{station.station_id}/enrolment-tokens")
    assert issued["token"] not in answer.text
    assert issued["station_pin"] not in answer.text
    assert len(issued["token"]) == 32
