import hashlib
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest

from api.auth.rights import Role
from api.export_workers import ExportWorkers
from storage.index.footage_tables import ExportRow
from storage.index.registry_tables import AccessRow
from tests.fakes.cmaf import encode
from tests.fakes.journal import MORNING
from tests.unit.api.test_footage import hand_over, iso


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    return encode(tmp_path_factory.mktemp("footage"))


@pytest.fixture
def recorded(services, station, clock, footage):
    journal = station.journal()
    run = journal.start(init=footage.init, timescale=10240, width=320, height=240)
    at_utc = MORNING
    for number, content in enumerate(footage.segments):
        seconds = footage.seconds[number]
        journal.segment(run, number, seconds=seconds, content=content, start_utc=at_utc)
        at_utc += timedelta(seconds=seconds)
    hand_over(services, station, journal)
    clock.advance(60)
    return journal


@pytest.fixture
def order(station, recorded):
    return {
        "camera_id": str(station.camera_ids[0]),
        "start": iso(0),
        "end": iso(6),
        "reason": "complaint 17",
    }


@pytest.fixture
def workers(services):
    workers = ExportWorkers(services)
    yield workers
    workers.close()


async def test_an_export_without_a_digest_yet_has_a_dash_for_it(auditor, order):
    await auditor.post("/api/v1/exports", json=order)
    shown = (await auditor.get("/exports", headers={"accept": "text/html"})).text
    assert "<code>" not in shown


async def test_why_an_export_failed_stands_on_the_page(auditor, services, order):
    await auditor.post("/api/v1/exports", json=order)
    with services.transaction() as session:
        session.query(ExportRow).update(
            {"state": "failed", "error": "there is no room for this export: 2 MB"}
        )
    shown = (await auditor.get("/exports", headers={"accept": "text/html"})).text
    assert "there is no room for this export: 2 MB</small>" in shown
    assert "возьмите отрезок короче" in shown


async def test_an_export_is_queued_made_and_taken_away_with_right_hashes(
    auditor, order, workers, footage
):
    made = await auditor.post("/api/v1/exports", json=order)
    assert (made.status_code, made.json()["state"]) == (201, "queued")
    assert made.json()["total_bytes"] == sum(map(len, footage.segments))
    await workers.work()
    path = f"/api/v1/exports/{made.json()['id']}"
    ready = (await auditor.get(path)).json()
    assert (ready["state"], ready["done_bytes"]) == ("ready", ready["total_bytes"])
    package = await auditor.get(f"{path}/download")
    assert hashlib.sha256(package.content).hexdigest() == ready["file_sha256"]
    assert ready["file_name"] in package.headers["content-disposition"]
    with zipfile.ZipFile(BytesIO(package.content)) as archive:
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        [clip] = [n for n in archive.namelist() if n.startswith("clips/")]
        assert b"".join(footage.segments) in archive.read(clip)


async def test_who_follows_the_link_of_a_page_too_early_is_told_on_a_page(auditor, order):
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    path = f"/api/v1/exports/{made['id']}/download"
    for asked, told in (("text/html,*/*", "text/html"), ("*/*", "application/problem+json")):
        answer = await auditor.get(path, headers={"Accept": asked})
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (409, told)


async def test_ordering_and_taking_away_are_looks(auditor, services, order, workers):
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    await workers.work()
    await auditor.get(f"/api/v1/exports/{made['id']}/download")
    with services.transaction() as session:
        rows = session.query(AccessRow).order_by(AccessRow.access_id).all()
    assert [r.action for r in rows] == ["export", "download"]
    assert rows[0].detail == "complaint 17"
    assert {(r.start_utc, r.end_utc) for r in rows} == {(MORNING, MORNING + timedelta(seconds=6))}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"reason": "  "}, 422),
        ({"start": iso(6), "end": iso(0)}, 400),
        ({"end": iso(25 * 3600)}, 400),
        ({"start": iso(600), "end": iso(700)}, 404),
        ({"camera_id": "00000000-0000-0000-0000-000000000000"}, 404),
        ({"start": "noon"}, 422),
    ],
)
async def test_an_order_that_cannot_be_met_is_refused_at_once(
    auditor, services, order, fault, status
):
    answer = await auditor.post("/api/v1/exports", json={**order, **fault})
    assert answer.status_code == status
    with services.transaction() as session:
        assert session.query(ExportRow).count() == 0


async def test_what_is_not_ready_cannot_be_taken_away(auditor, order):
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    answer = await auditor.get(f"/api/v1/exports/{made['id']}/download")
    assert (answer.status_code, "queued" in answer.json()["detail"]) == (409, True)


async def test_an_export_is_kept_for_a_while(auditor, clock, settings, order, workers):
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    await workers.work()
    path = f"/api/v1/exports/{made['id']}"
    expires = (await auditor.get(path)).json()["expires_utc"]
    assert expires is not None
    clock.advance(settings.export_lifetime.total_seconds() + 1)
    await workers.expire()
    assert (await auditor.get(path)).json()["state"] == "expired"
    assert (await auditor.get(f"{path}/download")).status_code == 409


async def test_what_a_dead_process_had_begun_is_begun_anew(auditor, services, order, workers):
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    with services.transaction() as session:
        session.query(ExportRow).update({"state": "running"})
    await workers.work()
    assert (await auditor.get(f"/api/v1/exports/{made['id']}")).json()["state"] == "ready"


async def test_of_two_processes_one_works_until_it_ends(auditor, services, order, workers):
    other = ExportWorkers(services)
    await workers.work()
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    await other.work()
    path = f"/api/v1/exports/{made['id']}"
    assert (await auditor.get(path)).json()["state"] == "queued"
    workers.close()
    await other.work()
    assert (await auditor.get(path)).json()["state"] == "ready"
    other.close()


async def test_one_account_cannot_fill_the_queue(auditor, people, order):
    for _ in range(20):
        assert (await auditor.post("/api/v1/exports", json=order)).status_code == 201
    assert (await auditor.post("/api/v1/exports", json=order)).status_code == 429
    other = people.client(Role.AUDITOR)
    assert (await other.post("/api/v1/exports", json=order)).status_code == 201


async def test_exports_of_other_regions_do_not_exist(auditor, people, order, workers):
    made = (await auditor.post("/api/v1/exports", json=order)).json()
    await workers.work()
    stranger = people.client(Role.AUDITOR, "chuy")
    assert (await stranger.get("/api/v1/exports")).json() == []
    for path in ("", "/download"):
        assert (await stranger.get(f"/api/v1/exports/{made['id']}{path}")).status_code == 404
    assert (await stranger.post("/api/v1/exports", json=order)).status_code == 404
    colleague = people.client(Role.AUDITOR, "osh")
    assert len((await colleague.get("/api/v1/exports")).json()) == 1
