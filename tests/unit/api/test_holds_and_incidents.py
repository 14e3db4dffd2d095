from uuid import uuid4

import pytest

from api.auth.rights import Role
from storage.registry.incidents import Occurrence, Place, close_incident, report_occurrence
from tests.unit.api.test_footage import iso


@pytest.fixture
def hold(station):
    return {
        "station_id": str(station.station_id),
        "start": iso(0),
        "end": iso(3600),
        "reason": "court order 5",
    }


async def release(client, placed, reason="the court has ruled"):
    return await client.post(f"/api/v1/holds/{placed['id']}/release", json={"reason": reason})


async def test_a_hold_stands_until_it_is_released_and_stays_on_record(auditor, hold):
    placed = (await auditor.post("/api/v1/holds", json=hold)).json()
    assert placed["released_utc"] is None
    assert (await release(auditor, placed, " ")).status_code == 400
    released = (await release(auditor, placed)).json()
    assert released["released_by"] == released["placed_by"]
    assert (await release(auditor, placed)).status_code == 409
    [shown] = (await auditor.get("/api/v1/holds")).json()
    assert shown["released_utc"] is not None
    assert shown == (await auditor.get(f"/api/v1/holds/{placed['id']}")).json()


async def test_the_access_log_says_what_was_held_and_why_it_was_let_go(people, hold, station):
    keeper = people.client(Role.AUDITOR, "osh")
    of_a_camera = {**hold, "station_id": None, "camera_id": str(station.camera_ids[0])}
    placed = (await keeper.post("/api/v1/holds", json=of_a_camera)).json()
    await release(keeper, placed)
    last, first = (await keeper.get("/api/v1/access-log")).json()
    assert (first["action"], last["action"]) == ("hold_placed", "hold_released")
    assert first["detail"].endswith(": court order 5")
    assert last["detail"].endswith(": the court has ruled")
    for row in (first, last):
        assert (row["start"], row["end"]) == (placed["start"], placed["end"])
        assert row["station_id"] == str(station.station_id)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"reason": ""}, 400),
        ({"end": iso(-5)}, 400),
        ({"station_id": str(uuid4())}, 404),
        ({"camera_id": str(uuid4())}, 404),
        ({"start": "x"}, 422),
    ],
)
async def test_a_hold_that_cannot_be_is_refused(auditor, hold, fault, status):
    assert (await auditor.post("/api/v1/holds", json={**hold, **fault})).status_code == status
    assert (await auditor.get("/api/v1/holds")).json() == []


async def test_an_account_of_a_region_holds_in_that_region_alone(people, auditor, hold):
    stranger = people.client(Role.AUDITOR, "chuy")
    assert (await stranger.post("/api/v1/holds", json=hold)).status_code == 404
    everything = {**hold, "station_id": None}
    assert (await stranger.post("/api/v1/holds", json=everything)).status_code == 403
    placed = (await auditor.post("/api/v1/holds", json=hold)).json()
    assert (await stranger.get("/api/v1/holds")).json() == []
    assert (await stranger.get(f"/api/v1/holds/{placed['id']}")).status_code == 404
    assert (await release(stranger, placed)).status_code == 404


@pytest.fixture
def trouble(services, station):
    place = Place(station_id=station.station_id, camera_id=station.camera_ids[0])
    what = Occurrence(kind="not_recording", place=place, detail="camera_silent")
    with services.transaction() as session:
        report_occurrence(session, what, services.now_utc)
    return what


async def test_an_incident_says_what_where_and_since_when(operator, services, station, trouble):
    [shown] = (await operator.get("/api/v1/incidents")).json()
    assert (shown["kind"], shown["camera_position"], shown["region"]) == (
        "not_recording",
        1,
        "osh",
    )
    assert shown["station_id"] == str(station.station_id)


async def test_the_same_again_is_counted_and_after_its_end_a_new_one(
    operator, services, clock, trouble
):
    clock.advance(5)
    with services.transaction() as session:
        report_occurrence(session, trouble, services.now_utc)
    [shown] = (await operator.get("/api/v1/incidents")).json()
    assert shown["count"] == 2
    with services.transaction() as session:
        close_incident(session, trouble.kind, trouble.place, services.now_utc)
    assert (await operator.get("/api/v1/incidents", params={"open": True})).json() == []
    with services.transaction() as session:
        report_occurrence(session, trouble, services.now_utc)
    assert len((await operator.get("/api/v1/incidents")).json()) == 2


async def test_whoever_acknowledges_first_stays_named_and_remarks_pile_up(
    operator, admin, clock, trouble
):
    [shown] = (await operator.get("/api/v1/incidents")).json()
    path = f"/api/v1/incidents/{shown['id']}"
    first = (await operator.post(f"{path}/acknowledge", json={"comment": "called"})).json()
    clock.advance(60)
    second = (await admin.post(f"{path}/acknowledge", json={})).json()
    assert second["acknowledged_by"] == first["acknowledged_by"]
    assert second["acknowledged_utc"] == first["acknowledged_utc"]
    third = (await admin.post(f"{path}/comments", json={"comment": "comes back"})).json()
    assert [line.partition(": ")[2] for line in third["comment"].splitlines()] == [
        "called",
        "comes back",
    ]
    assert (await admin.post(f"{path}/comments", json={"comment": " "})).status_code == 400


async def test_no_comment_passes_for_one_that_somebody_else_made(operator, trouble):
    [shown] = (await operator.get("/api/v1/incidents")).json()
    forged = "2026-11-24T08:00:00.000000Z admin: all is well"
    path = f"/api/v1/incidents/{shown['id']}/comments"
    told = (await operator.post(path, json={"comment": f"called\n{forged}"})).json()
    lines = told["comment"].splitlines()
    assert [line.partition(" ")[0] != "" for line in lines] == [True, False]


async def test_incidents_of_other_regions_and_of_the_whole_are_for_others(
    people, operator, services, trouble
):
    with services.transaction() as session:
        what = Occurrence(kind="centre_or_network", place=Place(), detail="")
        report_occurrence(session, what, services.now_utc)
    stranger = people.client(Role.OPERATOR, "chuy")
    assert (await stranger.get("/api/v1/incidents")).json() == []
    for shown in (await operator.get("/api/v1/incidents")).json():
        path = f"/api/v1/incidents/{shown['id']}/acknowledge"
        assert (await stranger.post(path, json={})).status_code == 404
        assert (await operator.post(path, json={})).status_code == 200
