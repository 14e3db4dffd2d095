"""Real requests through a real nginx, under the deployment's own configuration."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.auth.rights import Role
from tests.integration.deploy.tools import run, tool
from tests.parts import nginx as parts
from tests.parts.control_api import PASSWORD, ControlApi, running_api
from tests.parts.footage import store_segment
from tests.parts.free_port import free_port
from tests.parts.nginx import SERVER_NAME, Nginx
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture(scope="module")
def nginx_binary() -> str:
    return tool("nginx", "nginx")


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[ControlApi]:
    folder = tmp_path_factory.mktemp("api")
    public = f"https://{SERVER_NAME}"
    with running_api(
        folder, public_url=public, streamer_url=public, trusted_proxies="127.0.0.1"
    ) as served:
        yield served


@pytest.fixture(scope="module")
def nginx(nginx_binary, api, tmp_path_factory) -> Iterator[Nginx]:
    laid_out = parts.lay_out(
        tmp_path_factory.mktemp("nginx"), api_port=api.port, streamer_port=free_port()
    )
    with parts.running(nginx_binary, laid_out):
        yield laid_out


@pytest.fixture
def client(nginx) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(nginx.folder / "pollcam/certificate.pem"))
    with httpx.Client(base_url=nginx.url, verify=context, timeout=PATIENCE_S) as opened:
        yield opened


def sign_in(client: httpx.Client, user: str) -> httpx.Response:
    client.cookies.clear()
    answer = client.post("/api/v1/session", json={"user": user, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer


def test_nginx_accepts_the_configuration(nginx_binary, tmp_path):
    laid_out = parts.lay_out(tmp_path)
    outcome = run([*parts.command(nginx_binary, laid_out), "-t"])
    assert outcome.returncode == 0, outcome.stdout
    assert "[warn]" not in outcome.stdout


def test_the_api_answers_through_it_with_its_headers_once(client):
    answer = client.get("/healthz")
    assert answer.json() == {"status": "ok"}
    for name in ("strict-transport-security", "content-security-policy", "x-content-type-options"):
        assert len(answer.headers.get_list(name)) == 1, name


def test_plain_http_is_sent_to_https(nginx):
    answer = httpx.get(f"http://127.0.0.1:{nginx.http_port}/wall?x=1", timeout=PATIENCE_S)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"https://{SERVER_NAME}/wall?x=1"


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/publications"])
def test_figures_are_not_for_the_world(client, path):
    assert client.get(path).status_code == 404


def test_a_person_signs_in_and_the_api_knows_from_where(api, client):
    answer = sign_in(client, api.add_account(Role.OPERATOR))
    assert "__Host-pollcam=" in answer.headers["set-cookie"]
    assert "Secure" in answer.headers["set-cookie"]


def test_an_address_that_a_client_claims_is_not_believed(client, api):
    api_saw = client.post(
        "/api/v1/session",
        json={"user": "nobody", "password": "wrong"},
        headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"},
    )
    assert api_saw.status_code == 401
    with api.services.transaction() as session:
        addresses = session.connection().exec_driver_sql("SELECT address FROM access_log").all()
    assert {row[0] for row in addresses} == {"127.0.0.1"}


def test_a_body_without_end_is_stopped_at_the_door(client):
    answer = client.post("/api/v1/session", content=b"x" * (2**20 + 1))
    assert answer.status_code == 413


def test_a_grant_is_in_no_log(client, nginx):
    answer = client.put("/api/v1/agent/objects/secret-grant-of-a-test", content=b"bytes")
    assert answer.status_code == 403
    logged = '"uri":"/api/v1/agent/objects/(grant)"'
    wait_until(lambda: logged in nginx.access_log, within_s=PATIENCE_S, what="nginx has logged it")
    assert "secret-grant" not in nginx.access_log
    assert "secret-grant" not in (nginx.folder / "error.log").read_text("utf-8")


def test_the_log_says_nothing_of_queries(client, nginx):
    before = nginx.access_log.count("\n")
    client.get("/healthz?token=secret-in-a-query")
    is_logged = "nginx has logged it"
    wait_until(lambda: nginx.access_log.count("\n") > before, within_s=PATIENCE_S, what=is_logged)
    assert "secret-in-a-query" not in nginx.access_log


def test_a_segment_is_kept_and_given_only_to_whoever_may_have_it(api, client, nginx):
    stored = store_segment(api.services, "osh")
    path = f"/api/v1/segments/{stored.segment_id}.m4s"
    sign_in(client, api.add_account(Role.AUDITOR, "osh"))
    first, second = client.get(path), client.get(path)
    assert (first.content, second.content) == (stored.content, stored.content)
    assert second.headers["content-type"] == first.headers["content-type"]
    wait_until(lambda: has_files(nginx.folder / "cache"), within_s=PATIENCE_S, what="it is kept")

    sign_in(client, api.add_account(Role.AUDITOR, "naryn"))
    assert client.get(path).status_code == 403
    client.cookies.clear()
    assert client.get(path).status_code == 401


def has_files(folder: Path) -> bool:
    return any(file.is_file() for file in folder.rglob("*"))


def test_a_kept_segment_does_not_need_the_archive_again(api, client):
    stored = store_segment(api.services, "osh")
    path = f"/api/v1/segments/{stored.segment_id}.m4s"
    sign_in(client, api.add_account(Role.AUDITOR, "osh"))
    before = api.sent.count
    client.get(path)
    whole = api.sent.count - before
    client.get(path)
    assert api.sent.count - before - whole < len(stored.content) <= whole


def test_parts_of_a_segment_and_what_the_browser_has_already(api, client):
    stored = store_segment(api.services, "osh")
    path = f"/api/v1/segments/{stored.segment_id}.m4s"
    sign_in(client, api.add_account(Role.AUDITOR))
    part = client.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, stored.content[10:20])
    etag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_events_come_one_by_one(api, client):
    sign_in(client, api.add_account(Role.OPERATOR))
    with client.stream("GET", "/api/v1/events") as answer:
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event: ")) == "event: fleet"
        assert next(line for line in lines if line == "event: tick")


def test_live_words_go_to_the_streamer(client):
    # No streamer runs here: nginx says so, and not the API.
    assert client.post("/whep/some-camera", content=b"v=0").status_code == 502


def test_who_hammers_at_the_door_is_told_to_wait(client):
    wrong = {"user": "", "password": ""}

    def knock(_: int) -> int:
        return client.post("/api/v1/session", json=wrong).status_code

    with ThreadPoolExecutor(16) as threads:  # one after the other may be slow enough for nginx
        assert 429 in threads.map(knock, range(160))
    assert client.get("/api/v1/session").status_code == 401
