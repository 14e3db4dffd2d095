import pytest

from api.auth.rights import Role
from tests.unit.api.conftest import PASSWORD, new_client

NEW = {"user": "Aibek", "password": "a good long password", "role": "operator", "regions": ["osh"]}


def sign_in(client, password=NEW["password"], **more):
    body = {"user": "aibek", "password": password, **more}
    return client.post("/api/v1/session", json=body)


async def test_an_account_that_was_made_can_sign_in(admin, client):
    made = await admin.post("/api/v1/accounts", json=NEW)
    assert (made.status_code, made.json()["user"]) == (201, "aibek")
    assert NEW["password"] not in made.text
    assert (await sign_in(client)).status_code == 200


async def test_a_name_is_given_once_whatever_its_case(admin):
    await admin.post("/api/v1/accounts", json=NEW)
    answer = await admin.post("/api/v1/accounts", json={**NEW, "user": "AIBEK "})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"password": "short"}, 400),
        ({"password": "x" * 300}, 422),
        ({"password": "aaaaaaaaaaaaaaa"}, 400),
        ({"user": ""}, 422),
        ({"user": "a\nb"}, 422),
        ({"role": "emperor"}, 422),
        ({"regions": ["atlantis"]}, 422),
        ({"language": "xx"}, 422),
    ],
)
async def test_an_account_that_cannot_be_is_refused_without_repeating_its_password(
    admin, fault, status
):
    body = {**NEW, **fault}
    answer = await admin.post("/api/v1/accounts", json=body)
    assert answer.status_code == status
    assert body["password"] not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"role": "observer"},
        {"regions": []},
        {"is_active": False},
        {"password": "another good password"},
    ],
)
async def test_changed_rights_end_what_browsers_had(admin, client, change):
    made = (await admin.post("/api/v1/accounts", json=NEW)).json()
    await sign_in(client)
    assert (await admin.patch(f"/api/v1/accounts/{made['id']}", json=change)).status_code == 200
    assert (await client.get("/api/v1/session")).status_code == 401


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another good password"}])
async def test_a_closed_account_or_a_new_password_ends_tokens(app, admin, client, change):
    made = (await admin.post("/api/v1/accounts", json=NEW)).json()
    csrf = (await sign_in(client)).json()["csrf_token"]
    token = await client.post(
        "/api/v1/tokens", json={"label": "script"}, headers={"x-csrf-token": csrf}
    )
    async with new_client(app, authorization=f"Bearer {token.json()['token']}") as script:
        assert (await script.get("/api/v1/session")).status_code == 200
        await admin.patch(f"/api/v1/accounts/{made['id']}", json=change)
        assert (await script.get("/api/v1/session")).status_code == 401


async def test_nobody_changes_their_own_rights(people, admin):
    me = (await admin.get("/api/v1/session")).json()["account_id"]
    for change in ({"role": "observer"}, {"is_active": False}, {"regions": ["osh"]}):
        assert (await admin.patch(f"/api/v1/accounts/{me}", json=change)).status_code == 409


async def test_an_admin_of_a_region_makes_nobody_who_reaches_further(people):
    admin = people.client(Role.ADMIN, "osh", "naryn")
    for regions, status in (([], 403), (["chuy"], 403), (["osh", "chuy"], 403), (["osh"], 201)):
        body = {**NEW, "user": f"u{len(regions)}{status}", "regions": regions}
        assert (await admin.post("/api/v1/accounts", json=body)).status_code == status
    chief = people.account(Role.ADMIN)
    path = f"/api/v1/accounts/{chief.account_id}"
    taken = await admin.patch(path, json={"password": "taken over by me"})
    assert taken.status_code == 404
    assert (await admin.post(f"{path}/code")).status_code == 404
    assert chief.user not in (await admin.get("/api/v1/accounts")).text


async def test_the_pages_of_accounts_show_those_within_reach_alone(people):
    near = people.account(Role.OBSERVER, "osh", user="near-by")
    far = people.account(Role.OBSERVER, "chuy", user="far-away")
    admin = people.client(Role.ADMIN, "osh")
    me = (await admin.get("/api/v1/session")).json()["account_id"]
    html = {"accept": "text/html"}
    shown = (await admin.get("/admin/accounts", headers=html)).text
    assert (near.user in shown, far.user in shown) == (True, False)
    for account_id, status in ((near.account_id, 200), (me, 200), (far.account_id, 404)):
        answer = await admin.get(f"/admin/accounts/{account_id}", headers=html)
        assert answer.status_code == status
        assert far.user not in answer.text


async def test_a_code_is_set_up_and_dropped(admin, client):
    made = (await admin.post("/api/v1/accounts", json=NEW)).json()
    path = f"/api/v1/accounts/{made['id']}/code"
    secret = (await admin.post(path)).json()
    assert secret["uri"].startswith("otpauth://totp/pollcam:aibek?")
    assert (await sign_in(client)).status_code == 401
    assert secret["secret"] not in (await admin.get("/api/v1/accounts")).text
    assert (await admin.delete(path)).status_code == 204
    assert (await sign_in(client)).status_code == 200


async def test_changes_of_accounts_are_on_record_without_passwords(admin):
    made = (await admin.post("/api/v1/accounts", json=NEW)).json()
    change = {"role": "auditor", "password": "another good password"}
    await admin.patch(f"/api/v1/accounts/{made['id']}", json=change)
    log = await admin.get("/api/v1/access-log", params={"action": "account_changed"})
    assert [row["detail"] for row in log.json()] == [
        "aibek: password, role",
        "aibek: made, operator",
    ]
    assert "another good" not in log.text


async def test_tokens_are_shown_once_listed_without_text_and_taken_back(app, operator):
    made = (await operator.post("/api/v1/tokens", json={"label": "wall", "days": 1})).json()
    listed = await operator.get("/api/v1/tokens")
    assert made["token"] not in listed.text
    assert {t["label"] for t in listed.json()} == {"wall", "test"}
    async with new_client(app, authorization=f"Bearer {made['token']}") as wall:
        assert (await wall.get("/api/v1/stations")).status_code == 200
        assert (await operator.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
        assert (await wall.get("/api/v1/stations")).status_code == 401


async def test_a_token_ends_on_its_day(app, operator, clock):
    made = (await operator.post("/api/v1/tokens", json={"label": "wall", "days": 1})).json()
    async with new_client(app, authorization=f"Bearer {made['token']}") as wall:
        clock.advance(86399)
        assert (await wall.get("/api/v1/session")).status_code == 200
        clock.advance(1)
        assert (await wall.get("/api/v1/session")).status_code == 401


async def test_nobody_takes_back_the_tokens_of_others(people, operator, admin):
    made = (await operator.post("/api/v1/tokens", json={"label": "wall"})).json()
    assert (await admin.delete(f"/api/v1/tokens/{made['id']}")).status_code == 404
    assert (await admin.delete("/api/v1/tokens/0")).status_code == 422


async def test_no_password_works_by_default(client):
    for user in ("admin", "root", "pollcam"):
        for password in ("admin", "password", "pollcam", "", PASSWORD):
            body = {"user": user, "password": password}
            assert (await client.post("/api/v1/session", json=body)).status_code == 401


async def test_the_access_log_is_filtered_paged_and_scoped(people, admin, auditor, new_station):
    near, far = new_station(region="osh"), new_station(region="chuy")
    for _ in range(3):
        for station in (near, far):
            await admin.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")
    everything = (await auditor.get("/api/v1/access-log")).json()
    assert len(everything) == 6
    camera = {"camera_id": str(near.camera_ids[0])}
    assert len((await auditor.get("/api/v1/access-log", params=camera)).json()) == 3
    page = (await auditor.get("/api/v1/access-log", params={"limit": 4})).json()
    rest = (await auditor.get("/api/v1/access-log", params={"before_id": page[-1]["id"]})).json()
    assert [r["id"] for r in page + rest] == [r["id"] for r in everything]
    scoped = people.client(Role.AUDITOR, "chuy")
    rows = (await scoped.get("/api/v1/access-log")).json()
    assert {r["station_id"] for r in rows} == {str(far.station_id)}
    for query in ({"limit": 0}, {"before_id": 2**40}, {"action": "dance"}, {"start": "x"}):
        assert (await auditor.get("/api/v1/access-log", params=query)).status_code == 422
