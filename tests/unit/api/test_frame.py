"""What surrounds every answer: headers, problems, limits, addresses."""

import httpx
import pytest
import structlog
from fastapi import FastAPI

from api.app import create_app
from api.auth.rights import Role
from api.body_limit import limit_of
from api.problems import STATUS, problem_of
from core.errors import ErrorKind, ExhaustedError, PollcamError
from core.ui.catalogue import texts_in
from core.ui.languages import Language
from storage.index.registry_tables import AccessRow
from tests.unit.api.conftest import PASSWORD, new_client


async def test_every_answer_carries_the_security_headers(client):
    for path in ("/healthz", "/nowhere", "/api/v1/stations", "/metrics"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert len(headers["x-request-id"]) == 32
        assert "server" not in headers


async def test_answers_of_the_api_are_not_kept_by_caches(client):
    assert (await client.get("/api/v1/stations")).headers["cache-control"] == "no-store"


async def test_with_https_cookies_are_secure_and_browsers_stay_with_it(new_settings, clock):
    app = create_app(new_settings(public_url="https://pollcam.test/"), clock)
    async with new_client(app) as client:
        assert "strict-transport-security" in (await client.get("/healthz")).headers
    from tests.unit.api.conftest import People

    People(app=app, services=app.state.services).account(user="chief")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://pollcam.test"
    ) as client:
        body = {"user": "chief", "password": PASSWORD}
        cookie = (await client.post("/api/v1/session", json=body)).headers["set-cookie"]
        assert cookie.startswith("__Host-pollcam=")
        assert "Secure" in cookie
        assert (await client.get("/api/v1/session")).status_code == 200
    app.state.services.engine.dispose()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/healthz", 405),
        ("GET", "/api/v1/stations", 401),
    ],
)
async def test_every_failure_is_a_problem(client, method, path, status):
    answer = await client.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "kind", "code"}
    assert body["status"] == answer.status_code == status
    assert body["kind"] in set(ErrorKind)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"user": 1}', b"[" * 900]
)
async def test_a_body_that_cannot_be_read_is_a_problem(client, content):
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/v1/session", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_problem_does_not_repeat_what_was_typed(client):
    body = {"user": "x" * 65, "password": {"oops": "my secret password"}}
    answer = await client.post("/api/v1/session", json=body)
    assert answer.status_code == 422
    assert "my secret" not in answer.text


async def test_what_nobody_named_is_told_to_the_log_alone(app: FastAPI, services):
    @app.get("/break")
    async def break_down() -> None:
        raise RuntimeError("rtsp://user:password@camera is to blame")

    async with new_client(app) as client:
        with structlog.testing.capture_logs() as logs:
            answer = await client.get("/break")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "camera" not in answer.text
    assert "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["request.broke"]


def test_each_kind_of_error_has_its_status():
    assert set(STATUS) == set(ErrorKind)
    for kind in ErrorKind:
        error = PollcamError("a sentence")
        error.kind = kind
        assert problem_of(error).status_code == STATUS[kind]


def test_an_exhausted_limit_says_when_to_come_again():
    assert problem_of(ExhaustedError("busy", 2.1)).headers["retry-after"] == "3"


def test_secrets_in_errors_are_taken_out():
    body = problem_of(PollcamError("rtsp://user:password@camera/ does not answer")).body
    assert b"password" not in body


async def test_outside_the_api_a_browser_gets_a_page(client):
    html = {"accept": "text/html,*/*"}
    answer = await client.get("/nowhere", headers=html)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    answer = await client.get("/api/v1/nowhere", headers=html)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/v1/session", 2**20),
        ("/api/v1/agent/cameras/x/still", 2**16),
        ("/api/v1/stations/import", 2**23),
        ("/api/v1/agent/objects/x", 2**30),
        ("/api/v1/agent/objects/x/y", 2**20),
    ],
)
def test_each_address_has_its_limit(path, limit):
    assert limit_of(path) == limit


async def test_a_body_that_says_it_is_too_large_is_not_read(client):
    async def never():
        raise AssertionError("it was read")
        yield b""

    headers = {"content-length": str(2**20 + 1), "content-type": "application/json"}
    answer = await client.post("/api/v1/session", content=never(), headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


async def test_a_body_that_turns_out_too_large_is_cut_off(client):
    given = 0

    async def endless():
        nonlocal given
        while True:
            given += 2**16
            yield b" " * 2**16

    headers = {"content-type": "application/json"}
    answer = await client.post("/api/v1/session", content=endless(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert given <= 2**20 + 2**17


@pytest.mark.parametrize(
    ("accepted", "language"), [("ky,ru;q=0.8", "ky"), ("de", "ru"), ("en-GB", "en")]
)
async def test_a_form_that_is_too_large_is_refused_in_the_reader_s_language(
    client, accepted, language
):
    headers = {
        "accept": "text/html",
        "accept-language": accepted,
        "content-type": "application/x-www-form-urlencoded",
    }
    answer = await client.post("/sign-in", content=b"x" * (2**20 + 1), headers=headers)
    texts = texts_in(Language(language))
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert f'<html lang="{language}"' in answer.text
    for name in ("error.large", "error.large.recording", "error.large.now"):
        assert texts(name) in answer.text


async def test_a_method_that_an_address_does_not_know_is_no_failure_of_the_centre(client):
    headers = {"accept": "text/html", "accept-language": "en"}
    answer = await client.delete("/sign-in", headers=headers)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert texts_in(Language.EN)("error.bad") in answer.text


async def test_a_page_says_when_to_come_again_as_a_problem_does(app: FastAPI, services):
    @app.get("/busy")
    async def be_busy() -> None:
        raise ExhaustedError("too many people ask at this moment", 6.5)

    async with new_client(app) as client:
        for accepted in ("text/html", "application/json"):
            answer = await client.get("/busy", headers={"accept": accepted})
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_a_text_that_cannot_be_kept_is_bad_input(client, station):
    report = station.report(agent_version="1\x00").model_dump(mode="json")
    answer = await client.post("/api/v1/agent/heartbeat", json=report, headers=station.headers)
    assert answer.status_code in (200, 400)  # SQLite keeps it, PostgreSQL does not


async def signed_in_from(app, services, **headers: str) -> str:
    body = {"user": "nobody", "password": "wrong"}
    transport = httpx.ASGITransport(app, client=("10.0.0.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        await client.post("/api/v1/session", json=body, headers=headers)
    with services.transaction() as session:
        return session.query(AccessRow).order_by(AccessRow.access_id.desc()).first().address


async def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(new_settings, clock):
    forwarded = {"x-forwarded-for": "203.0.113.7"}
    for trusted, seen in (
        ("", "10.0.0.1"),
        ("10.0.0.0/8", "203.0.113.7"),
        ("10.9.0.0/16", "10.0.0.1"),
    ):
        app = create_app(new_settings(trusted_proxies=trusted), clock)
        services = app.state.services
        assert await signed_in_from(app, services, **forwarded) == seen
        services.engine.dispose()


@pytest.fixture
def lose_index(services, tmp_path, index_url, request):
    def lose() -> None:
        services.engine.dispose()
        if not index_url:
            (tmp_path / "index.db").rename(tmp_path / "gone.db")
            return
        name = services.engine.url.database
        request.getfixturevalue("postgres_server").execute(f"DROP DATABASE {name}")

    return lose


async def test_readiness_names_what_is_away(client, lose_index):
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    lose_index()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert (await client.get("/healthz")).status_code == 200


async def test_metrics_name_routes_and_regions_and_no_secret(app, people, client, station):
    from api.fleet_watch import FleetWatch

    operator = people.client(Role.OPERATOR)
    await operator.get(f"/api/v1/cameras/{station.camera_ids[0]}/live")
    await client.get("/made/up/address")
    await client.put("/api/v1/agent/objects/a-secret-grant", content=b"x")
    look = FleetWatch(app.state.services).look()
    app.state.metrics.show_fleet(look.snapshot)
    app.state.metrics.show_incidents(["dark", "dark"])
    text = (await client.get("/metrics")).text
    for line in (
        (
            'pollcam_api_requests_total{method="GET",route="/api/v1/cameras/{camera_id}/live",'
            'status="200"} 1.0'
        ),
        'pollcam_api_requests_total{method="GET",route="unknown",status="404"} 1.0',
        'pollcam_api_stations{region="osh",status="unknown"} 1.0',
        'pollcam_api_cameras{region="osh",status="unknown"} 2.0',
        'pollcam_api_coverage_ratio{region="osh"} 0.0',
        'pollcam_api_incidents_open{kind="dark"} 2.0',
    ):
        assert line in text.splitlines()
    assert "a-secret-grant" not in text
    assert "made/up" not in text
