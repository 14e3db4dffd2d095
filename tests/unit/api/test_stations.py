from uuid import uuid4

import pytest

from api.auth.rights import Role
from storage.index.registry_tables import CameraRow, StationRow
from tests.fakes.agent import beat
from tests.fakes.station import JPEG

SCHOOL = {
    "number": "1042",
    "name": "School 5",
    "region": "osh",
    "mode": "online",
    "cameras": ["entrance", "ballot box"],
}


async def test_a_registered_station_is_on_the_wall_at_once_and_never_seen(admin):
    made = await admin.post("/api/v1/stations", json=SCHOOL)
    assert made.status_code == 201
    [shown] = (await admin.get("/api/v1/stations")).json()
    assert set(shown) == {
        "id", "number", "name", "region", "address", "mode", "live", "status", "reasons",
        "report_age_s", "cameras",
    }  # fmt: skip
    assert (shown["status"], shown["reasons"]) == ("unknown", ["never_seen"])
    assert [c["name"] for c in shown["cameras"]] == ["entrance", "ballot box"]
    assert set(shown["cameras"][0]) == {
        "id", "position", "name", "status", "reasons", "still_age_s", "last_recorded_age_s",
        "is_publishing",
    }  # fmt: skip


async def test_a_heartbeat_makes_it_ok_and_its_age_is_by_the_centres_clock(
    client, admin, clock, station
):
    # The device believes it is an hour later; nobody asks it for the time.
    await beat(client, station, sent_utc=clock.utc().replace(hour=9))
    clock.advance(4)
    [shown] = (await admin.get("/api/v1/stations")).json()
    assert (shown["status"], shown["report_age_s"]) == ("ok", 4)
    assert shown["cameras"][0]["last_recorded_age_s"] == 5


async def test_silence_is_unknown_and_never_ok(client, admin, clock, station):
    await beat(client, station, station.camera_report(is_publishing=True))
    clock.advance(16)
    [shown] = (await admin.get("/api/v1/stations")).json()
    assert (shown["status"], shown["reasons"]) == ("unknown", ["agent_silent"])
    assert {c["status"] for c in shown["cameras"]} == {"unknown"}
    assert not any(c["is_publishing"] for c in shown["cameras"])
    await beat(client, station)
    [shown] = (await admin.get("/api/v1/stations")).json()
    assert shown["status"] == "ok"


async def test_a_cut_camera_is_named(client, admin, station):
    cut = station.camera_report(1, last_recorded_age_s=11.0, trouble="camera_unreachable")
    await beat(client, station, station.camera_report(0), cut)
    shown = (await admin.get(f"/api/v1/stations/{station.station_id}/status")).json()
    assert shown["status"] == "failing"
    assert [c["status"] for c in shown["cameras"]] == ["ok", "failing"]
    assert shown["cameras"][1]["reasons"] == ["not_recording", "camera_unreachable"]
    assert shown["last_report"]["agent_version"] == "1.0"


async def test_the_report_of_a_revoked_device_no_longer_counts(client, admin, station):
    await beat(client, station)
    assert (await admin.get("/api/v1/stations")).json()[0]["status"] == "ok"
    await admin.post(f"/api/v1/devices/{station.device_id}/revoke")
    [shown] = (await admin.get("/api/v1/stations")).json()
    assert shown["reasons"] == ["never_seen"]


async def test_stills_have_their_age_in_the_list(client, admin, clock, station):
    await client.put(
        f"/api/v1/agent/cameras/{station.camera_ids[0]}/still?age_s=2",
        content=JPEG,
        headers={**station.headers, "content-type": "image/jpeg"},
    )
    clock.advance(3)
    cameras = (await admin.get("/api/v1/stations")).json()[0]["cameras"]
    assert [c["still_age_s"] for c in cameras] == [5, None]


async def test_an_account_sees_the_stations_of_its_regions(people, new_station):
    near, far = new_station(region="osh"), new_station(region="chuy")
    observer = people.client(Role.OBSERVER, "osh", "naryn")
    assert [s["id"] for s in (await observer.get("/api/v1/stations")).json()] == [
        str(near.station_id)
    ]
    for path in ("", "/status", "/cameras"):
        answer = await observer.get(f"/api/v1/stations/{far.station_id}{path}")
        assert answer.status_code == 404
        answer = await observer.get(f"/api/v1/stations/{near.station_id}{path}")
        assert answer.status_code == 200


async def test_a_region_can_be_asked_for(admin, new_station):
    new_station(region="osh")
    new_station(region="chuy")
    found = (await admin.get("/api/v1/stations", params={"region": "chuy"})).json()
    assert [s["region"] for s in found] == ["chuy"]


async def test_a_number_is_given_once(admin):
    await admin.post("/api/v1/stations", json=SCHOOL)
    answer = await admin.post("/api/v1/stations", json=SCHOOL)
    assert (answer.status_code, "1042" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    "fault",
    [
        {"number": ""},
        {"number": "1" * 33},
        {"name": " "},
        {"name": "a\x00b"},
        {"region": "atlantis"},
        {"mode": "sometimes"},
        {"timezone": "Asia/Nowhere"},
        {"timezone": "../../etc/passwd"},
        {"cameras": ["x"] * 17},
        {"numbre": "1"},
    ],
)
async def test_a_station_that_cannot_be_is_refused(admin, services, fault):
    answer = await admin.post("/api/v1/stations", json={**SCHOOL, **fault})
    assert answer.status_code == 422
    [where] = {e["where"].split(".")[1] for e in answer.json()["errors"]}
    assert where in fault
    with services.transaction() as session:
        assert session.query(StationRow).count() == 0


async def test_a_change_changes_what_it_names_and_is_on_record(admin, station):
    path = f"/api/v1/stations/{station.station_id}"
    changed = (await admin.patch(path, json={"phone": "+996 555", "mode": "recording_only"})).json()
    assert (changed["phone"], changed["mode"], changed["name"]) == (
        "+996 555",
        "recording_only",
        "School 5",
    )
    log = (await admin.get("/api/v1/access-log", params={"action": "station_changed"})).json()
    assert log[0]["station_id"] == str(station.station_id)


async def test_a_station_out_of_use_leaves_the_wall_and_comes_back(admin, station):
    path = f"/api/v1/stations/{station.station_id}"
    await admin.patch(path, json={"is_active": False})
    assert (await admin.get("/api/v1/stations")).json() == []
    assert (await admin.get(path)).json()["is_active"] is False
    assert (await admin.get(f"{path}/status")).status_code == 404
    await admin.patch(path, json={"is_active": True})
    assert len((await admin.get("/api/v1/stations")).json()) == 1


async def test_cameras_are_added_renamed_and_taken_out_of_use(admin, station):
    path = f"/api/v1/stations/{station.station_id}/cameras"
    third = (await admin.post(path, json={"name": "the count"})).json()
    assert third["position"] == 3
    assert (await admin.post(path, json={"position": 3})).status_code == 409
    changed = await admin.patch(f"{path}/{third['id']}", json={"name": "n", "is_active": False})
    assert (changed.json()["name"], changed.json()["is_active"]) == ("n", False)
    assert len((await admin.get(path)).json()) == 3
    assert len((await admin.get("/api/v1/stations")).json()[0]["cameras"]) == 2


async def test_a_camera_is_changed_at_its_own_station_only(admin, station, new_station):
    other = new_station()
    path = f"/api/v1/stations/{other.station_id}/cameras/{station.camera_ids[0]}"
    assert (await admin.patch(path, json={"name": "n"})).status_code == 404


async def test_a_station_has_at_most_sixteen_cameras(admin, services, new_station):
    station = new_station(cameras=16)
    path = f"/api/v1/stations/{station.station_id}/cameras"
    assert (await admin.post(path, json={})).status_code == 400
    with services.transaction() as session:
        assert session.query(CameraRow).count() == 16


async def test_an_admin_of_a_region_registers_in_that_region_alone(people, new_station):
    admin = people.client(Role.ADMIN, "chuy")
    assert (await admin.post("/api/v1/stations", json=SCHOOL)).status_code == 403
    own = new_station(region="chuy")
    moved = await admin.patch(f"/api/v1/stations/{own.station_id}", json={"region": "osh"})
    assert moved.status_code == 403
    foreign = new_station(region="osh")
    answer = await admin.patch(f"/api/v1/stations/{foreign.station_id}", json={"name": "mine"})
    assert answer.status_code == 404


async def test_an_unknown_station_is_a_problem(admin):
    answer = await admin.get(f"/api/v1/stations/{uuid4()}")
    assert (answer.status_code, answer.json()["kind"]) == (404, "not_found")
