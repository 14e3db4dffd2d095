import json
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.auth.rights import Role
from core.device_token import sign_device_token
from core.errors import ForbiddenError
from core.live_token import LiveAction, check_live_token
from core.station import LiveMode, StationMode
from storage.registry.devices import revoke_device
from tests.fakes.agent import beat, put_still
from tests.fakes.station import JPEG


async def test_a_revoked_device_is_refused_from_then_on(client, services, station):
    assert (await beat(client, station)).status_code == 200
    with services.transaction() as session:
        revoke_device(session, station.device_id, services.now_utc)
    assert (await beat(client, station)).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc"])
async def test_without_a_device_token_nothing_is_taken(client, station, header):
    answer = await client.post(
        "/api/v1/agent/heartbeat",
        json=json.loads(station.report().model_dump_json()),
        headers={"authorization": header},
    )
    assert answer.status_code == 401


async def test_a_token_of_another_key_or_of_an_unknown_device_is_refused(client, clock, station):
    stranger = Ed25519PrivateKey.generate()
    for device_id in (station.device_id, uuid4()):
        token = sign_device_token(stranger, device_id, clock.utc())
        answer = await client.post(
            "/api/v1/agent/entries",
            json={"lines": []},
            headers={"authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 401


async def test_a_device_reports_for_itself_alone(client, station):
    assert (await beat(client, station, device_id=uuid4())).status_code == 403


async def test_the_answer_says_how_to_work_and_what_to_publish(client, clock, services, station):
    reply = (await beat(client, station)).json()
    assert reply["config"]["segment_target_s"] == 10
    assert [w["camera_id"] for w in reply["publish"]] == [str(c) for c in station.camera_ids]
    wish = reply["publish"][0]
    assert wish["whip_url"] == f"http://127.0.0.1:8081/whip/{wish['camera_id']}"
    grant = check_live_token(
        wish["token"],
        services.live_key.public_key(),
        station.camera_ids[0],
        LiveAction.PUBLISH,
        clock.utc(),
    )
    assert grant.subject == str(station.device_id)


async def test_a_camera_with_two_streams_is_to_publish_both(client, clock, services, station):
    doubled = station.camera_report(1, has_smaller=True)
    reply = (await beat(client, station, station.camera_report(0), doubled)).json()
    wishes = [(w["camera_id"], w["stream"]) for w in reply["publish"]]
    first, second = map(str, station.camera_ids)
    assert wishes == [(first, "main"), (second, "main"), (second, "smaller")]
    wish = reply["publish"][2]
    assert wish["whip_url"] == f"http://127.0.0.1:8081/whip/{second}/smaller"
    key, now_utc = services.live_key.public_key(), clock.utc()
    action = LiveAction.PUBLISH_SMALLER
    check_live_token(wish["token"], key, station.camera_ids[1], action, now_utc)
    with pytest.raises(ForbiddenError):
        check_live_token(wish["token"], key, station.camera_ids[1], LiveAction.PUBLISH, now_utc)


@pytest.mark.parametrize(
    ("mode", "live", "count", "target_s"),
    [
        (StationMode.RECORDING_ONLY, LiveMode.ALWAYS, 0, 60),
        (StationMode.ONLINE, LiveMode.NEVER, 0, 10),
        (StationMode.ONLINE, LiveMode.ON_DEMAND, 0, 10),
    ],
)
async def test_other_modes_publish_nothing_unasked(
    client, new_station, mode, live, count, target_s
):
    reply = (await beat(client, new_station(mode=mode, live=live))).json()
    assert len(reply["publish"]) == count
    assert reply["config"]["segment_target_s"] == target_s


async def test_on_demand_is_published_for_a_minute_after_somebody_asked(
    client, clock, operator, new_station
):
    station = new_station(live=LiveMode.ON_DEMAND)
    await operator.get(f"/api/v1/cameras/{station.camera_ids[1]}/live")
    reply = (await beat(client, station)).json()
    assert [w["camera_id"] for w in reply["publish"]] == [str(station.camera_ids[1])]
    clock.advance(61)
    assert (await beat(client, station)).json()["publish"] == []


async def test_a_camera_without_a_still_is_asked_for_one(client, station):
    reply = (await beat(client, station)).json()
    assert reply["stills"] == [str(c) for c in station.camera_ids]


async def test_stills_are_wished_for_while_somebody_looks(client, clock, operator, station):
    for camera_id in station.camera_ids:
        await put_still(client, station, camera_id)
    assert (await beat(client, station)).json()["stills"] == []
    await operator.get(f"/api/v1/cameras/{station.camera_ids[0]}/snapshot.jpg")
    assert (await beat(client, station)).json()["stills"] == [str(station.camera_ids[0])]
    clock.advance(121)
    assert (await beat(client, station)).json()["stills"] == []
    clock.advance(300)
    assert len((await beat(client, station)).json()["stills"]) == 2


async def test_the_newest_still_wins_by_when_it_was_taken(client, clock, operator, station):
    camera_id = station.camera_ids[0]
    assert (await put_still(client, station, camera_id)).status_code == 204
    older = JPEG + b"older"
    assert (await put_still(client, station, camera_id, older, "9")).status_code == 204
    shown = await operator.get(f"/api/v1/cameras/{camera_id}/snapshot.jpg")
    assert shown.content == JPEG
    newer = JPEG + b"newer"
    await put_still(client, station, camera_id, newer, "1")
    shown = await operator.get(f"/api/v1/cameras/{camera_id}/snapshot.jpg")
    assert shown.content == newer


@pytest.mark.parametrize(
    ("content", "age_s", "status"),
    [
        (b"<html>", "0", 400),
        (JPEG + b"\0" * 65536, "0", 413),
        (JPEG, "-1", 422),
        (JPEG, "nan", 422),
        (JPEG, "1e9", 422),
        (JPEG, "soon", 422),
        (b"", "0", 422),
    ],
)
async def test_a_still_that_is_none_is_refused(client, station, content, age_s, status):
    answer = await put_still(client, station, station.camera_ids[0], content, age_s)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_still_of_another_station_is_refused(client, station, new_station):
    answer = await put_still(client, station, new_station().camera_ids[0])
    assert answer.status_code == 404


async def test_a_report_with_numbers_that_are_none_is_kept_and_does_no_harm(client, admin, station):
    report = station.report(station.camera_report(fps=float("nan"), bitrate_bps=5), uptime_s=1.0)
    text = json.dumps(report.model_dump(mode="json"))
    assert "NaN" in text
    headers = {**station.headers, "content-type": "application/json"}
    answer = await client.post("/api/v1/agent/heartbeat", content=text, headers=headers)
    assert answer.status_code == 200
    assert (await admin.get("/api/v1/stations")).status_code == 200


async def test_a_technician_sees_the_devices_of_their_region_alone(people, new_station):
    near, far = new_station(region="osh"), new_station(region="chuy")
    client = people.client(Role.TECHNICIAN, "osh")
    found = [d["id"] for d in (await client.get("/api/v1/devices")).json()]
    assert str(near.device_id) in found
    assert str(far.device_id) not in found


async def test_revoking_over_the_api_ends_a_device_and_is_on_record(client, admin, station):
    answer = await admin.post(f"/api/v1/devices/{station.device_id}/revoke")
    assert answer.json()["revoked_utc"] is not None
    assert (await beat(client, station)).status_code == 401
    log = (await admin.get("/api/v1/access-log", params={"action": "device_revoked"})).json()
    assert log[0]["detail"] == str(station.device_id)


def test_heartbeats_and_wishes_fit_together():
    from api.wishes import LIVE_WISH, STILL_WISH

    # A wish must outlive the 5 s between heartbeats many times over.
    assert min(LIVE_WISH, STILL_WISH) > timedelta(seconds=30)
