"""What a station recorded reaches a real API, on disk + SQLite and on MinIO + PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.wire.upload import MAX_BATCH, ChainHead
from recorder.disk.recovery import Recovery
from recorder.steps import Step
from recorder.stock.stock import Stock
from recorder.stock.stocked import ObjectState
from storage.index.footage_tables import EntryRow, RunRow, SegmentRow
from storage.index.registry_tables import IncidentRow
from storage.intake.rows import SegmentState
from storage.registry.devices import revoke_device
from tests.fakes.journal import Journal
from tests.fakes.station import register
from tests.parts.control_api import ControlApi, running_api
from tests.parts.free_port import free_port
from tests.parts.recorded_station import RecordedStation, recorded_station
from tests.parts.uplinks import centre_of, running_uplink
from tests.waiting import PATIENCE_S

NewApi = Callable[..., AbstractContextManager[ControlApi]]
UPLOAD_STEPS = [
    Step.LINES_SENT,
    Step.LINES_MARKED,
    Step.GRANTED,
    Step.OBJECT_PUT,
    Step.OBJECT_CONFIRMED,
    Step.OBJECT_MARKED,
]


class KilledError(BaseException):
    """The process is gone at this very step."""


@pytest.fixture(params=["disk+sqlite", "s3+postgresql"])
def new_api(request, tmp_path: Path) -> NewApi:
    """Starts the same API again and again: its stores stay."""
    settings: dict[str, object] = {"streamer_report_url": "http://127.0.0.1:9"}
    if request.param == "s3+postgresql":
        minio = request.getfixturevalue("minio_server")
        settings |= {
            "database_url": request.getfixturevalue("new_postgres_url")(),
            "objects": "s3",
            "s3_endpoint": minio.endpoint,
            "s3_bucket": f"test-{uuid4()}",
            "s3_access_key": minio.access_key,
            "s3_secret_key": minio.secret_key,
        }
    folder = tmp_path / "centre"
    folder.mkdir()
    return lambda port=0: running_api(folder, port=port, **settings)


@pytest.fixture
def api(new_api) -> Iterator[ControlApi]:
    with new_api() as api:
        yield api


@pytest.fixture
def recorded(api, tmp_path) -> Iterator[RecordedStation]:
    with recorded_station(tmp_path / "spool", register(api.services)) as recorded:
        yield recorded


def stored_rows(api: ControlApi) -> tuple[int, int]:
    """Inits and segments that the archive has."""
    with api.services.transaction() as session:
        runs = session.scalars(select(RunRow).where(RunRow.init_stored_utc.is_not(None))).all()
        stored = SegmentRow.state == SegmentState.STORED.value
        return len(runs), len(session.scalars(select(SegmentRow).where(stored)).all())


def incident_kinds(api: ControlApi) -> list[str]:
    with api.services.transaction() as session:
        return list(session.scalars(select(IncidentRow.kind)))


async def test_everything_recorded_reaches_the_archive(api, recorded):
    for camera in recorded.cameras:
        camera.record(3)
    async with running_uplink(recorded, api.port) as running:
        await running.until_all_stored()
        recorded.cameras[1].record(1)
        await running.until_all_stored()
        sent = running.uplink.counters
        await running.until(lambda: sent.objects_sent_total == 9, "the last is counted")
    assert stored_rows(api) == (2, 7)
    assert recorded.stock.backlog().unsent_lines == 0
    assert (sent.entries_sent_total, sent.last_success_s is None) == (9, False)
    assert incident_kinds(api) == []


async def test_an_archive_that_comes_back_gets_the_lines_first_and_then_the_footage(
    new_api, tmp_path
):
    port = free_port()
    with new_api(port) as api:
        station = register(api.services)
    with recorded_station(tmp_path / "spool", station) as recorded:
        recorded.cameras[0].record(3)
        for _ in range(MAX_BATCH):
            recorded.cameras[1].state_gap()
        async with running_uplink(recorded, port) as running:
            await running.until(
                lambda: running.uplink.counters.failures_total > 0, "nobody is there"
            )
            assert running.stored == set()
            with new_api(port) as api:
                await running.until_all_stored()
                assert stored_rows(api) == (1, 3)
    assert running.steps.index(Step.GRANTED) == 4  # the lines took two requests


async def test_what_the_archive_has_is_not_sent_again_when_the_stock_was_lost(
    api, recorded, tmp_path
):
    camera = recorded.cameras[0]
    camera.record(3)
    async with running_uplink(recorded, api.port) as running:
        await running.until_all_stored()
    recorded.stock.close()
    (tmp_path / "spool/stock.sqlite3").unlink()
    with recorded_station(tmp_path / "spool", recorded.station) as again:
        for one in again.cameras:
            rebuild(tmp_path / "spool", again.stock, one)
        async with running_uplink(again, api.port) as running:
            await running.until(lambda: running.stored == recorded.objects, "it is known there")
    assert running.centre.put_ids == []
    assert running.uplink.counters.bytes_sent_total == 0


def rebuild(spool: Path, stock: Stock, camera) -> None:
    Recovery(
        spool=spool,
        camera_id=camera.camera_id,
        journal=camera.sealing.journal,
        stock=stock,
        sealing=camera.sealing,
    ).run()


@pytest.mark.parametrize("newest_first", [False, True])
async def test_inits_go_first_and_segments_in_the_order_that_is_set(api, recorded, newest_first):
    segments = recorded.cameras[0].record(5)
    async with running_uplink(recorded, api.port, newest_first=newest_first) as running:
        await running.until_all_stored()
    wanted = [segment.segment_id for segment in segments]
    in_order = wanted[::-1] if newest_first else wanted
    assert running.centre.put_ids == [recorded.cameras[0].run.run_id, *in_order]


@pytest.mark.parametrize("last", UPLOAD_STEPS)
async def test_an_uplink_that_was_killed_goes_on_where_it_was(api, recorded, last):
    recorded.cameras[0].record(3)

    def kill(step: Step) -> None:
        if step is last:
            raise KilledError

    with pytest.raises(BaseExceptionGroup) as killed:
        async with asyncio.timeout(PATIENCE_S), running_uplink(recorded, api.port, reached=kill):
            await asyncio.Event().wait()
    assert killed.group_contains(KilledError)
    async with running_uplink(recorded, api.port) as running:
        await running.until_all_stored()
    assert stored_rows(api) == (1, 3)
    assert incident_kinds(api) == []


async def test_lines_go_out_while_a_large_upload_crawls(api, recorded):
    camera = recorded.cameras[0]
    camera.record(1, size_bytes=4_000_000)
    async with running_uplink(recorded, api.port, max_kbps=80) as running:
        await running.until(lambda: len(running.centre.put_ids) >= 2, "the upload is under way")
        recorded.cameras[1].record(1)
        await running.until(
            lambda: recorded.stock.backlog().unsent_lines == 0, "the new lines are there"
        )
        assert camera.segments[0].segment_id not in running.stored
        running.uplink.apply(max_kbps=None, newest_first=False)
        await running.until_all_stored()


async def test_a_file_that_vanished_is_told_and_holds_up_nothing(api, recorded):
    camera = recorded.cameras[0]
    gone, *others = camera.record(3)
    (stocked,) = [
        one
        for one in recorded.stock.objects_of(camera.camera_id, ObjectState.SEALED)
        if one.object_id == gone.segment_id
    ]
    stocked.path.unlink()
    async with running_uplink(recorded, api.port) as running:
        await running.until(lambda: running.vanished != [], "the station is told")
        await running.until(
            lambda: {s.segment_id for s in others} < running.stored, "the others are there"
        )
    assert {*running.vanished} == {stocked}  # it is told again until the stock says so


async def test_nothing_is_given_up_when_the_whole_disk_vanishes(api, recorded, tmp_path):
    recorded.cameras[0].record(2)
    async with running_uplink(recorded, api.port, max_kbps=1) as running:
        await running.until(lambda: Step.LINES_MARKED in running.steps, "the lines are there")
        (tmp_path / "spool").rename(tmp_path / "elsewhere")
        running.uplink.apply(max_kbps=None, newest_first=False)
        await running.until(  # three objects: some are looked for a second time
            lambda: running.uplink.counters.setbacks_total >= 5, "the files are missed"
        )
        (tmp_path / "elsewhere").rename(tmp_path / "spool")
        await running.until_all_stored()
    assert running.vanished == []


async def test_damaged_bytes_are_refused_and_hold_up_nothing(api, recorded):
    camera = recorded.cameras[0]
    bad, *others = camera.record(3)
    for stocked in recorded.stock.objects_of(camera.camera_id, ObjectState.SEALED):
        if stocked.object_id == bad.segment_id:
            stocked.path.write_bytes(bytes(stocked.size_bytes))
    async with running_uplink(recorded, api.port) as running:
        await running.until(
            lambda: {s.segment_id for s in others} < running.stored, "the others are there"
        )
        await running.until(lambda: running.uplink.counters.setbacks_total > 0, "it is noticed")
        assert running.in_state(ObjectState.SEALED) == {bad.segment_id}
    assert stored_rows(api) == (1, 2)


async def test_an_object_known_under_other_bytes_is_kept_and_never_sent(api, recorded, tmp_path):
    (segment,) = recorded.cameras[0].record(1)
    with closing(sqlite3.connect(tmp_path / "spool/stock.sqlite3")) as tables, tables:
        changed = ("0" * 64, str(segment.segment_id))
        tables.execute("UPDATE objects SET sha256 = ? WHERE object_id = ?", changed)
    async with running_uplink(recorded, api.port) as running:
        await running.until(
            lambda: running.in_state(ObjectState.REFUSED) == {segment.segment_id}, "it is refused"
        )
        counters = running.uplink.counters
        await running.until(lambda: counters.objects_refused_total == 1, "it is counted")
    assert segment.segment_id not in running.centre.put_ids
    assert incident_kinds(api) == ["object_conflict"]


async def test_a_chain_that_is_refused_holds_up_no_other(api, recorded):
    forked, sound = recorded.cameras
    forked.record(2)
    other = Journal(
        device_id=recorded.station.device_id,
        camera_id=forked.camera_id,
        key=recorded.station.key,
        epoch=forked.sealing.journal.last.epoch,
    )
    other.start()
    async with centre_of(recorded, api.port) as centre:
        await centre.entries(other.lines)
    sound.record(2)
    async with running_uplink(recorded, api.port) as running:
        await running.until(lambda: len(running.stored) == 3, "the sound camera is stored")
        await running.until(
            lambda: running.uplink.counters.lines_refused_total > 0, "the other is refused"
        )
    assert running.stored == {sound.run.run_id, *(s.segment_id for s in sound.segments)}
    assert "chain_fork" in incident_kinds(api)


async def test_lines_that_the_archive_has_lost_are_sent_again(api, recorded):
    camera = recorded.cameras[0]
    async with running_uplink(recorded, api.port) as running:
        camera.record(1)
        await running.until_all_stored()
        last = camera.sealing.journal.last
        ahead = ChainHead(camera_id=camera.camera_id, epoch=last.epoch, seq=last.seq + 1)
        # As after a restore of the centre from a backup: it had said that it has the next line.
        recorded.stock.on_new(lambda: recorded.stock.mark_heads([ahead]))
        camera.record(1)
        await running.until_all_stored()
    with api.services.transaction() as session:
        assert len(session.scalars(select(EntryRow)).all()) == 3


async def test_a_revoked_device_is_told_and_goes_on_asking(api, recorded):
    with api.services.transaction() as session:
        revoke_device(session, recorded.station.device_id, api.services.now_utc)
    recorded.cameras[0].record(1)
    async with running_uplink(recorded, api.port) as running:
        await running.until(lambda: running.uplink.counters.failures_total >= 2, "it is refused")
    assert running.stored == set()
    assert stored_rows(api) == (0, 0)
