"""The pages of one's own account: the password and the tokens of programs, without a script."""

import re

import httpx
import pytest

from api.auth.rights import RIGHTS, Right, Role
from core.ui.catalogue import read_catalogue, texts_in
from core.ui.languages import Language
from storage.index.registry_tables import AccessRow
from tests.unit.api.conftest import PASSWORD, new_client

HTML = {"Accept": "text/html"}
NEW = "another good password"
CHANGE = {"old": PASSWORD, "new": NEW, "again": NEW}
TOKEN = re.compile(r'id="token">(pct[^<]+)<')


async def shown(client: httpx.AsyncClient, path: str = "/account", language: str = "en") -> str:
    answer = await client.get(f"{path}?lang={language}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def post(client, path: str, data: dict[str, str], language: str = "en"):
    return client.post(f"{path}?lang={language}", data=data, headers=HTML)


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD) -> str:
    """The CSRF token of a new session; empty where the password is wrong."""
    body = {"user": "chief", "password": password}
    answer = await client.post("/api/v1/session", json=body)
    return answer.json()["csrf_token"] if answer.status_code == 200 else ""


async def make_token(client, label: str = "report", days: str = "90") -> str:
    answer = await post(client, "/account/tokens/new", {"label": label, "days": days})
    assert answer.status_code == 201, answer.text
    return TOKEN.search(answer.text)[1]


async def tokens_of(client) -> list[dict]:
    return (await client.get("/api/v1/tokens")).json()


async def path_to_revoke(client, label: str = "report") -> str:
    [token] = [one for one in await tokens_of(client) if one["label"] == label]
    path = f"/account/tokens/{token['id']}/revoke"
    assert f'href="{path}"' in await shown(client)
    return path


def field_of(html: str, name: str) -> str:
    return next(one for one in re.findall(r"<input[^>]*>", html) if f'id="{name}"' in one)


@pytest.fixture
def chief(people):
    return people.account(Role.OPERATOR, "osh", user="chief")


@pytest.mark.parametrize("role", Role)
async def test_each_role_is_led_there_and_told_who_it_is(people, role):
    client = people.client(role, "osh", "naryn")
    elsewhere = await client.get("/wall?lang=en", headers=HTML)
    assert '<a class="who" href="/account"' in elsewhere.text
    page = await shown(client)
    user = (await client.get("/api/v1/session")).json()["user"]
    for told in (user, role.value, "Osh region, Naryn region", "/account/password"):
        assert told in page
    rights = {right for right in Right if texts_in(Language.EN)(f"right.{right.value}") in page}
    assert rights == RIGHTS[role]
    for path in ("/account/password", "/account/tokens/new"):
        await shown(client, path)


async def test_who_is_not_signed_in_is_asked_to(client):
    answer = await client.get("/account", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/account")


@pytest.mark.parametrize("language", list(Language))
def test_each_right_has_words(language):
    assert {f"right.{right.value}" for right in Right} <= set(read_catalogue(language))


async def test_a_new_password_keeps_this_browser_and_signs_the_others_out(app, client, chief):
    async with new_client(app) as other:
        await sign_in(other)
        csrf = await sign_in(client)
        answer = await post(client, "/account/password", {**CHANGE, "csrf_token": csrf})
        assert (answer.status_code, NEW in answer.text) == (200, False)
        assert texts_in(Language.EN)("own.password.changed") in answer.text
        assert (await client.get("/api/v1/session")).status_code == 200
        assert (await other.get("/api/v1/session")).status_code == 401
        assert not await sign_in(other)
        assert await sign_in(other, NEW)


async def test_whoever_found_a_browser_signed_in_cannot_guess_on(client, chief, clock, services):
    csrf = await sign_in(client)

    async def change(old):
        fields = {**CHANGE, "old": old, "csrf_token": csrf}
        return await post(client, "/account/password", fields)

    for _ in range(services.settings.login_failures_per_account):
        assert (await change("a guess at a password")).status_code == 422
    refused = await change(PASSWORD)
    assert refused.status_code == 429
    clock.advance(int(refused.headers["retry-after"]) + 1)
    assert (await change(PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"old": "not the right password"}, {"old": "refusal.wrong_password"}),
        (
            {"old": "", "new": "Wq7-zk", "again": NEW},
            {
                "old": "fault.missing",
                "new": "refusal.weak_password",
                "again": "own.password.fault.again",
            },
        ),
    ],
)
async def test_what_is_wrong_with_a_password_stands_beside_its_field(client, chief, fault, told):
    csrf = await sign_in(client)
    typed = {**CHANGE, **fault}
    answer = await post(client, "/account/password", {**typed, "csrf_token": csrf})
    assert answer.status_code == 422
    faults = dict(re.findall(r'id="(\w+)-fault">.*?<span>(.*?)</span>', answer.text))
    assert faults == {name: texts_in(Language.EN)(text) for name, text in told.items()}
    assert "autofocus" in field_of(answer.text, "old")
    assert all('value=""' in field_of(answer.text, name) for name in typed)
    assert not any(one in answer.text for one in typed.values() if one)
    assert await sign_in(client)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/account/password", CHANGE),
        ("/account/tokens/new", {"label": "report", "days": "90"}),
        ("/account/tokens/{id}/revoke", {}),
    ],
)
async def test_another_sites_form_changes_nothing(client, people, chief, path, data):
    people.token(chief.account_id)
    csrf = await sign_in(client)
    [token] = await tokens_of(client)
    path = path.format(**token)
    own_form = rf'action="{path}".*?name="csrf_token" value="{csrf}"'
    assert re.search(own_form, await shown(client, path), re.DOTALL)
    answer = await post(client, path, {**data, "csrf_token": "guessed"})
    assert answer.status_code == 403
    assert await tokens_of(client) == [token]
    assert await sign_in(client)


async def test_a_token_is_shown_once_and_may_do_what_its_owner_may(app, people):
    owner = people.client(Role.AUDITOR, "osh")
    text = await make_token(owner)
    assert text not in await shown(owner)
    async with new_client(app, authorization=f"Bearer {text}") as program:
        told = (await program.get("/api/v1/session")).json()
    assert (told["role"], told["regions"]) == ("auditor", ["osh"])
    with people.services.transaction() as session:
        [row] = session.query(AccessRow).all()
    assert (row.action, row.detail) == ("token_made", "report")


async def test_a_token_ends_on_its_day_and_is_then_said_to_have_ended(operator, clock):
    form = await shown(operator, "/account/tokens/new")
    assert 'value="90"' in field_of(form, "days")
    await make_token(operator)
    assert "ended" not in (await shown(operator)).split("<table>")[1]
    clock.advance(90 * 86_400)
    assert "ended" in (await shown(operator)).split("<table>")[1]


async def test_without_days_a_token_is_good_until_it_is_revoked(operator):
    await make_token(operator, days="")
    [token] = [one for one in await tokens_of(operator) if one["label"] == "report"]
    assert token["expires_utc"] is None
    path = await path_to_revoke(operator)
    assert texts_in(Language.EN)("own.token.endless") in await shown(operator, path)


async def test_a_refused_token_keeps_what_was_typed(operator):
    typed = {"label": "report of <noon>", "days": "three"}
    before = await tokens_of(operator)
    answer = await post(operator, "/account/tokens/new", typed)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-fault"', answer.text) == ["days"]
    assert 'value="report of &lt;noon&gt;"' in answer.text
    assert 'value="three"' in field_of(answer.text, "days")
    assert await tokens_of(operator) == before


async def test_a_page_that_is_loaded_again_makes_no_second_token(operator):
    await make_token(operator)
    again = await post(operator, "/account/tokens/new", {"label": " report ", "days": "90"})
    assert (again.status_code, "label-fault" in again.text) == (422, True)
    assert [one["label"] for one in await tokens_of(operator)].count("report") == 1


async def test_a_token_is_revoked_after_the_question_and_only_once(app, operator):
    text = await make_token(operator)
    path = await path_to_revoke(operator)
    assert "report" in await shown(operator, path)
    async with new_client(app, authorization=f"Bearer {text}") as program:
        assert (await program.get("/api/v1/session")).status_code == 200
        answer = await post(operator, path, {})
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert (await program.get("/api/v1/session")).status_code == 401
    assert (await post(operator, path, {})).status_code == 303
    assert (await operator.get(path, headers=HTML)).status_code == 404


async def test_nobody_sees_or_revokes_the_tokens_of_others(operator, admin):
    await make_token(operator)
    path = await path_to_revoke(operator)
    mine = await tokens_of(operator)
    assert "report" not in await shown(admin)
    assert (await admin.get(path, headers=HTML)).status_code == 404
    await post(admin, path, {})
    assert await tokens_of(operator) == mine
