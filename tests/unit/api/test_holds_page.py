"""The page of holds: times by the station's clock, faults beside their fields, no script needed."""

import re

import pytest

from api.auth.rights import Role
from core.ui.catalogue import texts_in
from core.ui.languages import Language

HTML = {"Accept": "text/html"}
TYPED = {
    "station": "1042",
    "camera": "1",
    "start_day": "2026-11-24",
    "start_time": "08:00",
    "end_day": "2026-11-24",
    "end_time": "20:00:30",
    "reason": "case 12",
}


@pytest.fixture
def station(new_station):
    return new_station(number="1042")


def post(client, path: str, data: dict[str, str], language: str = "en"):
    return client.post(f"{path}?lang={language}", data=data, headers=HTML)


async def holds_of(client) -> list[dict]:
    return (await client.get("/api/v1/holds")).json()


async def test_a_hold_is_placed_by_the_clock_of_the_station(auditor, station):
    answer = await post(auditor, "/holds/new", TYPED)
    [placed] = await holds_of(auditor)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/holds/{placed['id']}")
    assert (placed["start"], placed["end"]) == ("2026-11-24T02:00:00Z", "2026-11-24T14:00:30Z")
    assert placed["camera_id"] == str(station.camera_ids[0])
    shown = await auditor.get(f"/holds/{placed['id']}?lang=en", headers=HTML)
    assert "24 November 2026, 08:00:00 – 20:00:30 UTC+6" in shown.text


async def test_without_a_camera_all_of_the_station_is_held(auditor, station):
    await post(auditor, "/holds/new", {**TYPED, "camera": ""})
    [placed] = await holds_of(auditor)
    assert (placed["station_id"], placed["camera_id"]) == (str(station.station_id), None)


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"station": ""}, "station"),
        ({"station": "99999"}, "station"),
        ({"is_everything": "true"}, "station"),
        ({"camera": "7"}, "camera"),
        ({"camera": "x"}, "camera"),
        ({"start_day": "yesterday"}, "start_day"),
        ({"start_day": "0001-01-01"}, "start_day"),
        ({"start_time": "25:00"}, "start_time"),
        ({"end_day": ""}, "end_day"),
        ({"end_time": ""}, "end_time"),
        ({"end_time": "07:59"}, "end_time"),
        ({"end_day": "2046-11-24"}, "end_time"),
        ({"reason": " "}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(auditor, station, fault, field):
    answer = await post(auditor, "/holds/new", {**TYPED, **fault})
    assert answer.status_code == 422
    assert field in re.findall(r'id="(\w+)-fault"', answer.text)
    shown = next(one for one in re.findall(r"<input[^>]*>", answer.text) if f'id="{field}"' in one)
    assert 'aria-invalid="true"' in shown
    assert f"{field}-fault" in shown
    assert 'value="case 12"' in answer.text or field == "reason"
    assert await holds_of(auditor) == []


@pytest.mark.parametrize("language", list(Language))
async def test_a_fault_is_told_in_the_readers_language(auditor, station, language):
    answer = await post(auditor, "/holds/new", {**TYPED, "reason": ""}, language.value)
    assert texts_in(language)("fault.missing") in answer.text


async def test_no_break_spaces_of_a_pasted_text_are_spaces(auditor, station):
    await post(auditor, "/holds/new", {**TYPED, "reason": "case\u00a0№\u202f12"})
    assert [one["reason"] for one in await holds_of(auditor)] == ["case № 12"]


async def test_everything_is_held_by_accounts_of_the_whole_country_alone(people, auditor, station):
    everything = {**TYPED, "station": "", "camera": "", "is_everything": "true"}
    of_osh = people.client(Role.AUDITOR, "osh")
    assert 'name="is_everything"' not in (await of_osh.get("/holds/new", headers=HTML)).text
    assert (await post(of_osh, "/holds/new", everything)).status_code == 403
    assert 'name="is_everything"' in (await auditor.get("/holds/new", headers=HTML)).text
    assert (await post(auditor, "/holds/new", everything)).status_code == 303
    [placed] = await holds_of(auditor)
    assert (placed["station_id"], placed["camera_id"]) == (None, None)


async def test_a_station_of_another_region_is_none(people, auditor, station):
    stranger = people.client(Role.AUDITOR, "chuy")
    assert "station-fault" in (await post(stranger, "/holds/new", TYPED)).text
    await post(auditor, "/holds/new", TYPED)
    [placed] = await holds_of(auditor)
    assert (await stranger.get(f"/holds/{placed['id']}", headers=HTML)).status_code == 404
    path = f"/holds/{placed['id']}/release"
    assert (await post(stranger, path, {"reason": "mine"})).status_code == 404


async def test_a_hold_is_let_go_for_a_reason_and_by_whoever_comes_first(people, auditor, station):
    await post(auditor, "/holds/new", TYPED)
    [placed] = await holds_of(auditor)
    path = f"/holds/{placed['id']}"
    silent = await post(auditor, f"{path}/release", {"reason": " "})
    assert (silent.status_code, "reason-fault" in silent.text) == (422, True)
    assert (await post(auditor, f"{path}/release", {"reason": "the verdict"})).status_code == 303
    late = people.client(Role.AUDITOR)
    assert (await post(late, f"{path}/release", {"reason": "another"})).status_code == 303
    shown = (await late.get(path, headers=HTML)).text
    assert "the verdict" in shown
    assert "another" not in shown
    assert f"{path}/release" not in shown


async def test_the_list_shows_those_in_force_or_all_and_is_a_csv(auditor, clock, station):
    await post(auditor, "/holds/new", TYPED)
    clock.advance(60)
    await post(auditor, "/holds/new", {**TYPED, "reason": "case 13"})
    last, _ = await holds_of(auditor)
    await post(auditor, f"/holds/{last['id']}/release", {"reason": "closed"})
    every = (await auditor.get("/holds?lang=en", headers=HTML)).text
    standing = (await auditor.get("/holds?lang=en&standing=1", headers=HTML)).text
    shown = [("case 12" in page, "case 13" in page) for page in (every, standing)]
    assert shown == [(True, True), (True, False)]
    csv = (await auditor.get("/holds?format=csv&lang=en", headers=HTML)).text
    assert csv.count("\n") == 3


async def test_the_archives_link_fills_the_form_in(auditor, station):
    asked = {
        "camera": str(station.camera_ids[1]),
        "start": "2026-11-24T02:00:00.500Z",
        "end": "2026-11-24T02:30:00.200Z",
    }
    shown = (await auditor.get("/holds/new", params=asked, headers=HTML)).text
    for value in ("1042", "2", "2026-11-24", "08:00:00", "08:30:01"):
        assert f'value="{value}"' in shown


async def test_only_those_who_may_are_led_there(people, auditor, operator):
    assert 'href="/holds"' in (await auditor.get("/exports", headers=HTML)).text
    assert 'href="/holds"' not in (await operator.get("/incidents", headers=HTML)).text
    assert (await operator.get("/holds", headers=HTML)).status_code == 403


async def test_another_sites_form_holds_nothing(app, client, people, station):
    people.account(Role.AUDITOR, user="careful")
    signed_in = {"user": "careful", "password": "correct horse battery"}
    await client.post("/api/v1/session", json=signed_in)
    answer = await post(client, "/holds/new", {**TYPED, "csrf_token": "guessed"})
    assert answer.status_code == 403
    assert texts_in(Language.EN)("error.stale") in answer.text
    token = (await client.get("/api/v1/session")).json()["csrf_token"]
    assert (await post(client, "/holds/new", {**TYPED, "csrf_token": token})).status_code == 303
