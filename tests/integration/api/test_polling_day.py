"""The whole way over real sockets, on disk + SQLite and on MinIO + PostgreSQL."""

import hashlib
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from urllib.parse import urljoin
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.auth.rights import Role
from core.health import AGENT_SILENT_AFTER_S
from storage.index.registry_tables import IncidentRow
from storage.registry.devices import keep_report
from tests.fakes.agent import enrolment
from tests.fakes.clock import FakeClock
from tests.fakes.cmaf import encode
from tests.fakes.station import JPEG, FakeStation
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    return encode(tmp_path_factory.mktemp("footage"))


def beat(api, station, *cameras):
    return api.http.post(
        "/api/v1/agent/heartbeat",
        json=station.report(*cameras).model_dump(mode="json"),
        headers=station.headers,
    )


def record(station, footage, start_utc):
    journal = station.journal()
    run = journal.start(start_utc, init=footage.init, timescale=10240, width=320, height=240)
    for number, content in enumerate(footage.segments):
        journal.segment(
            run,
            number,
            seconds=footage.seconds[number],
            content=content,
            start_utc=start_utc + timedelta(seconds=2.0 * number),
        )
    return journal


def hand_over(api, station, journal) -> dict[str, str]:
    """As an agent does it; the state of each object."""

    def call(name, **body):
        answer = api.http.post(f"/api/v1/agent/{name}", json=body, headers=station.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    call("entries", lines=journal.lines)
    wanted = [journal.wanted(i).model_dump(mode="json") for i in journal.objects]
    for grant in call("grants", objects=wanted)["grants"]:
        [content] = [c for i, (_, c) in journal.objects.items() if str(i) == grant["object_id"]]
        put = api.http.put(
            urljoin(api.url, grant["url"]), content=content, headers=grant["headers"]
        )
        assert put.status_code in (200, 204), put.text
    ids = [str(i) for i in journal.objects]
    return {c["object_id"]: c["state"] for c in call("confirm", object_ids=ids)["confirmations"]}


def test_from_registration_to_a_clip_that_can_be_checked(api, new_client, footage):
    admin, auditor = new_client(Role.ADMIN), new_client(Role.AUDITOR)
    station = registered_station(api, admin)
    assert beat(api, station).json()["config"]["segment_target_s"] == 10
    wait_until(lambda: is_ok(api, station, admin), within_s=PATIENCE_S, what="its heartbeat shows")

    start_utc = api.services.now_utc - timedelta(seconds=10)
    journal = record(station, footage, start_utc)
    assert set(hand_over(api, station, journal).values()) == {"stored"}
    query = {"start": start_utc.isoformat(), "end": (start_utc + timedelta(seconds=6)).isoformat()}
    watch_and_compare(auditor, f"/api/v1/cameras/{station.camera_ids[0]}", query, footage)
    order = {"camera_id": str(station.camera_ids[0]), **query, "reason": "complaint 17"}
    check_clip(take_away(auditor, order))
    log = [row["action"] for row in auditor.get("/api/v1/access-log").json()]
    assert log[:3] == ["download", "export", "playlist"]


def is_ok(api, station, client):
    beat(api, station)  # each is soon old
    [shown] = client.get("/api/v1/stations").json()
    return shown["status"] == "ok"


def registered_station(api, admin):
    """Listed by the administrator, enrolled by the token they were given."""
    csv = "number,name,region,mode,cameras\n1042,School 5,osh,online,entrance|ballot box\n"
    report = admin.post(
        "/api/v1/stations/import", content=csv, headers={"content-type": "text/csv"}
    )
    assert report.json()["created"] == 1
    [shown] = admin.get("/api/v1/stations").json()
    token = admin.post(f"/api/v1/stations/{shown['id']}/enrolment-tokens").json()["token"]
    key = Ed25519PrivateKey.generate()
    body = enrolment(token, key)
    enrolled = api.http.post("/api/v1/agent/enrol", json=body).json()
    return enrolled_station(api, enrolled, key)


def watch_and_compare(auditor, camera, query, footage):
    assert auditor.get(f"{camera}/coverage", params=query).json()["ratio"] == pytest.approx(1.0)
    playlist = auditor.get(f"{camera}/playlist.m3u8", params=query).text
    links = [line for line in playlist.splitlines() if not line.startswith("#")]
    assert [auditor.get(link).content for link in links] == list(footage.segments)
    part = auditor.get(links[0], headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, footage.segments[0][10:20])


def take_away(auditor, order) -> bytes:
    """The package of an export, when it has been made."""
    export = auditor.post("/api/v1/exports", json=order).json()
    path = f"/api/v1/exports/{export['id']}"

    def state() -> str:
        return auditor.get(path).json()["state"]

    wait_until(
        lambda: state() not in ("queued", "running"), within_s=PATIENCE_S, what="the export is made"
    )
    assert state() == "ready"
    package = auditor.get(f"{path}/download").content
    assert hashlib.sha256(package).hexdigest() == auditor.get(path).json()["file_sha256"]
    return package


def check_clip(package: bytes) -> None:
    with zipfile.ZipFile(BytesIO(package)) as archive:
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def enrolled_station(api, enrolled, key):
    return FakeStation(
        station_id=UUID(enrolled["station_id"]),
        device_id=UUID(enrolled["device_id"]),
        camera_ids=tuple(UUID(c["camera_id"]) for c in enrolled["cameras"]),
        key=key,
        clock=api.services.clock,
    )


def test_of_many_devices_with_one_token_one_becomes_known(api, new_client):
    admin, station = new_client(Role.ADMIN), api.station()
    token = admin.post(f"/api/v1/stations/{station.station_id}/enrolment-tokens").json()["token"]

    def try_it(_: int) -> int:
        key = Ed25519PrivateKey.generate()
        body = enrolment(token, key)
        return api.http.post("/api/v1/agent/enrol", json=body).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(try_it, range(8)))
    assert sorted(statuses) == [200] + [401] * 7
    with api.services.transaction() as session:
        [row] = session.query(IncidentRow).filter_by(kind="enrolment_token_reused")
        assert row.count == 7


def test_guesses_from_many_threads_do_not_get_past_the_limit(api):
    def guess(n: int) -> int:
        body = {"user": "chief", "password": f"guess number {n}"}
        return api.http.post("/api/v1/session", json=body).status_code

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(guess, range(40)))
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= api.services.settings.login_failures_per_account


def test_snapshots_go_in_and_out(api, new_client):
    operator, station = new_client(Role.OPERATOR), api.station()
    path = f"/api/v1/cameras/{station.camera_ids[0]}/snapshot.jpg"
    assert operator.get(path).status_code == 404
    put = api.http.put(
        f"/api/v1/agent/cameras/{station.camera_ids[0]}/still?age_s=1",
        content=JPEG,
        headers={**station.headers, "content-type": "image/jpeg"},
    )
    assert put.status_code == 204
    assert operator.get(path).content == JPEG


def test_numbers_and_texts_a_database_refuses_do_no_harm(api, new_client):
    admin, station = new_client(Role.ADMIN), api.station()
    strange = station.report(station.camera_report(fps=float("nan"), trouble="a\x00b"))
    answer = api.http.post(
        "/api/v1/agent/heartbeat",
        content=json.dumps(strange.model_dump(mode="json")),
        headers={**station.headers, "content-type": "application/json"},
    )
    assert answer.status_code in (200, 400)
    assert admin.get("/api/v1/stations").status_code == 200


class Listener:
    """Reads the event stream as a browser does."""

    def __init__(self, lines):
        self._lines = lines

    def next(self, name: str) -> object:
        """The data of the next event of this name."""
        current = ""
        for line in self._lines:
            if line.startswith("event: "):
                current = line.removeprefix("event: ")
            if line.startswith("data: ") and current == name:
                return json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")


def test_listeners_hear_first_everything_then_what_changes(api, new_client):
    near, far = api.station(region="osh"), api.station(region="chuy")
    operator = new_client(Role.OPERATOR, "osh")
    with operator.stream("GET", "/api/v1/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = Listener(answer.iter_lines())
        while not (told := heard.next("fleet")):
            pass  # the watch has not looked since the station was made
        [station] = told
        assert (station["id"], station["status"]) == (str(near.station_id), "unknown")
        assert heard.next("tick")["coverage_ratio"] == 0.0
        beat(api, far)
        beat(api, near)
        while station["status"] != "ok":  # what was told first may come twice, never not
            [station] = heard.next("fleet")
            assert station["id"] == str(near.station_id)
            beat(api, near)
        while heard.next("tick")["coverage_ratio"] != 1.0:
            beat(api, near)  # for the next look: what it said once is soon old


def test_a_silent_station_is_told_and_becomes_an_incident(api, new_client):
    station, operator = api.station(), new_client(Role.OPERATOR)
    long_ago = api.services.now_utc - timedelta(seconds=AGENT_SILENT_AFTER_S + 60)
    with api.services.transaction() as session:
        report = station.report().model_dump(mode="json")
        keep_report(session, station.device_id, report, "1", long_ago)
    with operator.stream("GET", "/api/v1/events") as answer:
        incident = Listener(answer.iter_lines()).next("incident")
    assert (incident["kind"], incident["station_id"]) == (
        "agent_silent",
        str(station.station_id),
    )


@pytest.mark.parametrize("settings", ["disk+sqlite"], indirect=True)  # S3 takes bytes itself
def test_an_upload_that_breaks_off_leaves_nothing(api, footage):
    station = api.station()
    journal = record(station, footage, api.services.now_utc)
    call = {"json": {"lines": journal.lines}, "headers": station.headers}
    api.http.post("/api/v1/agent/entries", **call)
    wanted = [journal.wanted(i).model_dump(mode="json") for i in journal.objects]
    body = {"objects": wanted[-1:]}
    grants = api.http.post("/api/v1/agent/grants", json=body, headers=station.headers)
    url = urljoin(api.url, grants.json()["grants"][0]["url"])

    def half():
        yield footage.segments[-1][:1000]
        raise ConnectionAbortedError

    headers = {"content-length": str(len(footage.segments[-1]))}
    with pytest.raises(ConnectionAbortedError):
        api.http.put(url, content=half(), headers=headers)
    incoming = api.services.settings.data_dir / "objects" / ".incoming"
    wait_until(lambda: not list(incoming.iterdir()), within_s=PATIENCE_S, what="the rest is swept")
    assert api.http.put(url, content=footage.segments[-1]).status_code == 204


def test_it_is_ready_and_says_so_to_prometheus(api):
    assert api.http.get("/readyz").json() == {"status": "ready"}
    wait_until(
        lambda: "pollcam_api_fleet_judged_timestamp_seconds 1." in api.http.get("/metrics").text,
        within_s=PATIENCE_S,
        what="the fleet was judged",
    )


def test_a_station_that_wakes_in_1970_learns_the_time_from_the_refusal(api):
    station = replace(api.station(), clock=FakeClock(datetime(1970, 1, 1, tzinfo=UTC)))
    refused = beat(api, station)
    assert refused.status_code == 401
    learnt_utc = parsedate_to_datetime(refused.headers["date"])
    assert beat(api, replace(station, clock=FakeClock(learnt_utc))).status_code == 200
