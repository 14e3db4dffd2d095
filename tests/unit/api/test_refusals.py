"""What was not done is said by a code, and pages have words for it in every language."""

import pytest

from api.auth.rights import Role
from core.ui.catalogue import read_catalogue
from core.ui.languages import Language
from tests.unit.api.test_footage import iso

SCHOOL = {"number": "77", "name": "School 7", "region": "osh", "cameras": []}
SOMEBODY = {"user": "somebody", "password": "correct horse battery", "role": "observer"}


async def refused_by(answer) -> str:
    code = answer.json()["code"]
    for language in Language:
        assert f"refusal.{code}" in read_catalogue(language), (code, language)
    return code


async def test_a_name_or_number_that_is_taken(admin):
    for path, body, code in (
        ("/api/v1/stations", SCHOOL, "station_exists"),
        ("/api/v1/accounts", SOMEBODY, "account_exists"),
    ):
        assert (await admin.post(path, json=body)).status_code == 201
        assert await refused_by(await admin.post(path, json=body)) == code


async def test_an_account_that_cannot_be(people):
    admin = people.client(Role.ADMIN, "osh")
    for change, code in (
        ({"password": "short", "regions": ["osh"]}, "weak_password"),
        ({"regions": ["chuy"]}, "too_far"),
    ):
        answer = await admin.post("/api/v1/accounts", json={**SOMEBODY, **change})
        assert await refused_by(answer) == code


async def test_rights_of_ones_own(people):
    admin = people.client(Role.ADMIN)
    me = (await admin.get("/api/v1/session")).json()["account_id"]
    answer = await admin.patch(f"/api/v1/accounts/{me}", json={"role": "observer"})
    assert await refused_by(answer) == "own_rights"
    shown = (await admin.get(f"/admin/accounts/{me}", headers={"Accept": "text/html"})).text
    assert '<select id="role" name="role" disabled>' in shown
    assert (await admin.patch(f"/api/v1/accounts/{me}", json={"language": "ky"})).status_code == 200


async def test_a_password_of_ones_own_without_the_present_one(operator):
    body = {"old": "not the right password", "new": "another good password"}
    answer = await operator.put("/api/v1/session/password", json=body)
    assert (answer.status_code, await refused_by(answer)) == (403, "wrong_password")


async def test_a_station_of_another_region_or_with_too_many_cameras(people, station):
    admin = people.client(Role.ADMIN, "osh")
    answer = await admin.post("/api/v1/stations", json={**SCHOOL, "region": "chuy"})
    assert await refused_by(answer) == "foreign_region"
    path = f"/api/v1/stations/{station.station_id}"
    for _ in range(14):
        assert (await admin.post(f"{path}/cameras", json={})).status_code == 201
    answer = await admin.post(f"{path}/cameras", json={})
    assert await refused_by(answer) == "too_many_cameras"
    await admin.patch(path, json={"is_active": False})
    answer = await admin.post(f"{path}/enrolment-tokens")
    assert await refused_by(answer) == "station_not_in_use"


async def test_a_list_that_is_too_large(admin):
    path, headers = "/api/v1/stations/import", {"content-type": "text/csv"}
    answer = await admin.post(path, content=b" " * (2**23 + 1), headers=headers)
    assert answer.status_code == 413
    assert await refused_by(answer) == "body_too_large"


async def test_an_export_of_nothing_and_of_too_much(auditor, station):
    wanted = {"camera_id": str(station.camera_ids[0]), "start": iso(0), "reason": "case 12"}
    for seconds, code in ((60, "nothing_playable"), (10**8, "range_too_long")):
        answer = await auditor.post("/api/v1/exports", json={**wanted, "end": iso(seconds)})
        assert await refused_by(answer) == code


@pytest.mark.parametrize(
    ("fault", "code", "limit"),
    [
        ({"number": ""}, "string_too_short", 1),
        ({"number": "1" * 33}, "string_too_long", 32),
        ({"name": "a\x00b"}, "not_printable", None),
        ({"region": "atlantis"}, "region", None),
        ({"mode": "sometimes"}, "enum", None),
        ({"timezone": "Asia/Nowhere"}, "timezone", None),
        ({"cameras": ["x"] * 17}, "too_long", 16),
        ({"name": None}, "string_type", None),
    ],
)
async def test_a_field_that_does_not_fit_is_named_with_a_code(admin, fault, code, limit):
    answer = await admin.post("/api/v1/stations", json={**SCHOOL, **fault})
    told = answer.json()
    [finding] = told["errors"]
    assert (answer.status_code, told["code"]) == (422, "not_valid")
    assert (finding["where"], finding["code"], finding["limit"]) == (
        f"body.{next(iter(fault))}",
        code,
        limit,
    )


async def test_no_break_spaces_of_a_spreadsheet_are_spaces(admin):
    answer = await admin.post("/api/v1/stations", json={**SCHOOL, "name": "Школа\u00a0№\u202f7"})
    assert answer.json()["name"] == "Школа № 7"
