import pyotp
import pytest

from api.auth.rights import Role
from storage.index.registry_tables import AccessRow, ApiTokenRow, LoginFailureRow, SessionRow
from tests.unit.api.conftest import PASSWORD

WRONG = "not the right password"


def sign_in(client, user, password=PASSWORD, **more):
    return client.post("/api/v1/session", json={"user": user, "password": password, **more})


class Counting:
    def __init__(self, hasher):
        self.hasher, self.verified = hasher, 0

    def verify(self, *arguments):
        self.verified += 1
        return self.hasher.verify(*arguments)


@pytest.fixture
def chief(people):
    return people.account(Role.OPERATOR, "osh", user="chief")


async def test_the_right_password_opens_a_session(client, chief):
    answer = await sign_in(client, "chief")
    assert answer.status_code == 200
    assert answer.json()["role"] == "operator"
    assert answer.json()["regions"] == ["osh"]
    whoami = await client.get("/api/v1/session")
    assert whoami.json()["user"] == "chief"


async def test_the_name_is_read_without_case_and_outer_spaces(client, chief):
    assert (await sign_in(client, "  CHIEF ")).status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client, chief):
    cookie = (await sign_in(client, "chief")).headers["set-cookie"]
    assert cookie.startswith("pollcam=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


async def test_wrong_name_password_and_inactive_account_look_the_same(client, people, chief):
    off = people.account(user="off")
    with people.services.transaction() as session:
        session.merge(off).is_active = False
    answers = [
        await sign_in(client, "chief", WRONG),
        await sign_in(client, "nobody", WRONG),
        await sign_in(client, "off"),
    ]
    assert {a.status_code for a in answers} == {401}
    assert len({a.text for a in answers}) == 1


async def test_an_unknown_account_costs_one_hash_like_a_known_one(client, services, chief):
    hasher = Counting(services.passwords._hasher)
    services.passwords._hasher = hasher
    await sign_in(client, "nobody", WRONG)
    await sign_in(client, "chief", WRONG)
    assert hasher.verified == 2


async def test_signing_out_ends_the_session_for_good(client, chief):
    opened = await sign_in(client, "chief")
    stolen = client.cookies["pollcam"]
    csrf = {"x-csrf-token": opened.json()["csrf_token"]}
    assert (await client.delete("/api/v1/session", headers=csrf)).status_code == 204
    assert "pollcam" not in client.cookies
    client.cookies.set("pollcam", stolen)
    assert (await client.get("/api/v1/session")).status_code == 401


async def test_a_session_ends_by_itself(client, clock, settings, chief):
    await sign_in(client, "chief")
    clock.advance(settings.session_lifetime.total_seconds() - 1)
    assert (await client.get("/api/v1/session")).status_code == 200
    clock.advance(1)
    assert (await client.get("/api/v1/session")).status_code == 401


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_an_unsafe_request_without_its_csrf_token_is_refused(client, chief, token):
    await sign_in(client, "chief")
    headers = {"x-csrf-token": token}
    answer = await client.post("/api/v1/tokens", json={"label": "x"}, headers=headers)
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


async def test_the_csrf_token_may_be_a_field_of_a_form(client, chief):
    csrf = (await sign_in(client, "chief")).json()["csrf_token"]
    # The form passes the check; that this address wants JSON is found out afterwards.
    answer = await client.post("/api/v1/tokens", data={"csrf_token": csrf})
    assert answer.status_code == 422
    answer = await client.post("/api/v1/tokens", data={"csrf_token": "wrong"})
    assert answer.status_code == 403


async def test_a_bearer_token_needs_no_csrf_token(people):
    answer = await people.client().post("/api/v1/tokens", json={"label": "x"})
    assert answer.status_code == 201


async def test_failures_shut_the_account_for_a_while_even_for_the_right_password(
    client, clock, settings, chief
):
    for _ in range(settings.login_failures_per_account):
        assert (await sign_in(client, "chief", WRONG)).status_code == 401
        clock.advance(1)
    answer = await sign_in(client, "chief")
    assert answer.status_code == 429
    wait_s = int(answer.headers["retry-after"])
    assert wait_s == settings.login_window.total_seconds() - settings.login_failures_per_account
    clock.advance(wait_s)
    assert (await sign_in(client, "chief")).status_code == 200


async def test_trying_on_does_not_keep_the_door_shut(client, clock, settings, chief):
    for _ in range(settings.login_failures_per_account):
        await sign_in(client, "chief", WRONG)
    for _ in range(5):
        clock.advance(settings.login_window.total_seconds() / 5)
        answer = await sign_in(client, "chief", WRONG)
    assert answer.status_code == 401


async def test_an_address_that_tries_many_names_is_shut_out(client, settings, chief):
    for n in range(settings.login_failures_per_address):
        assert (await sign_in(client, f"nobody-{n}", WRONG)).status_code == 401
    assert (await sign_in(client, "chief")).status_code == 429


async def test_signing_in_well_is_not_counted_as_a_failure(client, services, chief):
    for _ in range(20):
        assert (await sign_in(client, "chief")).status_code == 200
    with services.transaction() as session:
        assert session.query(LoginFailureRow).count() == 0


async def test_guesses_at_the_same_moment_all_count(services, settings, chief):
    # Each attempt is on record before any password is looked at.
    from api.auth.sign_in import Credentials, _begin
    from core.errors import ExhaustedError

    given = Credentials(user="chief", password=WRONG, code="", address="a")
    for _ in range(settings.login_failures_per_account):
        _begin(services, given)
    with pytest.raises(ExhaustedError):
        _begin(services, given)


@pytest.fixture
def secret(people, chief):
    with people.services.transaction() as session:
        row = session.merge(chief)
        row.totp_secret = pyotp.random_base32()
    return row.totp_secret


async def test_where_a_code_is_set_up_the_password_alone_is_not_enough(client, secret):
    assert (await sign_in(client, "chief")).status_code == 401
    assert (await sign_in(client, "chief", code="000000x")).status_code == 401


@pytest.mark.parametrize("late_s", [-30, 0, 30])
async def test_the_code_of_a_clock_half_a_minute_off_fits(client, clock, secret, late_s):
    code = pyotp.TOTP(secret).at(int(clock.utc().timestamp()) + late_s)
    assert (await sign_in(client, "chief", code=code)).status_code == 200


async def test_an_old_code_does_not_fit(client, clock, secret):
    code = pyotp.TOTP(secret).at(int(clock.utc().timestamp()) - 90)
    assert (await sign_in(client, "chief", code=code)).status_code == 401


async def test_a_code_is_good_once(client, clock, secret):
    code = pyotp.TOTP(secret).at(int(clock.utc().timestamp()))
    assert (await sign_in(client, "chief", code=code)).status_code == 200
    assert (await sign_in(client, "chief", code=code)).status_code == 401


async def test_secrets_are_kept_as_digests_only(client, people, chief):
    opened = await sign_in(client, "chief")
    token = people.token(chief.account_id)
    with people.services.transaction() as session:
        kept = [r.token_sha256 for r in session.query(SessionRow)]
        kept += [r.token_sha256 for r in session.query(ApiTokenRow)]
    assert opened.cookies["pollcam"] not in kept
    assert token not in kept
    assert len(kept) == 2


async def test_sign_ins_and_failures_are_on_record_without_what_was_typed(client, services, chief):
    await sign_in(client, "my-password-by-mistake", WRONG)
    await sign_in(client, "chief", WRONG)
    await sign_in(client, "chief")
    with services.transaction() as session:
        rows = session.query(AccessRow).order_by(AccessRow.access_id).all()
    assert [(r.action, r.account_id) for r in rows] == [
        ("sign_in_failed", None),
        ("sign_in_failed", chief.account_id),
        ("signed_in", chief.account_id),
    ]
    assert "my-password" not in "".join(r.detail for r in rows)


async def test_changing_the_password_signs_other_browsers_out(app, client, chief):
    from tests.unit.api.conftest import new_client

    async with new_client(app) as other:
        await sign_in(other, "chief")
        csrf = (await sign_in(client, "chief")).json()["csrf_token"]
        answer = await client.put(
            "/api/v1/session/password",
            json={"old": PASSWORD, "new": "another good password"},
            headers={"x-csrf-token": csrf},
        )
        assert answer.status_code == 204
        assert (await client.get("/api/v1/session")).status_code == 200
        assert (await other.get("/api/v1/session")).status_code == 401
        assert (await sign_in(other, "chief")).status_code == 401
        assert (await sign_in(other, "chief", "another good password")).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (WRONG, "another good password", 403),
        (PASSWORD, "short", 400),
        (PASSWORD, "aaaaaaaaaaaaaaaa", 400),
    ],
)
async def test_a_password_is_changed_with_the_old_one_to_a_strong_one(
    client, chief, old, new, status
):
    csrf = (await sign_in(client, "chief")).json()["csrf_token"]
    answer = await client.put(
        "/api/v1/session/password",
        json={"old": old, "new": new},
        headers={"x-csrf-token": csrf},
    )
    assert answer.status_code == status
