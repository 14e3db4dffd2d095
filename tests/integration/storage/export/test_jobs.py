import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.errors import UnavailableError
from storage.export.job import ExportJobs
from storage.export.queue import PAUSES
from storage.index.failures import IndexUnavailableError
from storage.index.footage_tables import ExportRow, SegmentRow
from tests.integration.storage.conftest import hand_over
from tests.integration.storage.export.conftest import record, row_of
from tests.waiting import PATIENCE_S


def test_progress_is_in_the_row(jobs, order, ingest, station, footage, sessions):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    export_id = order(0, 6)
    assert row_of(sessions, export_id).total_bytes == 0
    jobs.run_next()
    row = row_of(sessions, export_id)
    assert row.done_bytes == row.total_bytes == sum(len(s) for s in footage.segments)
    assert row.file_name.endswith("-camera-1-20261124T080000Z.zip")


def test_footage_that_was_damaged_is_never_handed_out(
    jobs, order, ingest, station, footage, sessions, store
):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    with sessions.begin() as session:
        row = session.scalars(select(SegmentRow).filter_by(number=1)).one()
        row.sha256 = "0" * 64
    export_id = order(0, 6)
    jobs.run_next()
    row = row_of(sessions, export_id)
    assert row.state == "failed"
    assert "not the bytes its signed entry announced" in row.error
    assert not jobs.path(export_id).exists()


def test_a_range_without_footage_fails_with_a_sentence(jobs, order, sessions):
    export_id = order(0, 6)
    jobs.run_next()
    row = row_of(sessions, export_id)
    assert (row.state, "no playable footage" in row.error) == ("failed", True)


def test_bytes_that_are_no_video_fail_with_a_sentence(jobs, order, ingest, station, sessions):
    journal = station.journal()
    run = journal.start(init=b"\0\0\0\x08ftyp")
    journal.segment(run, 0)
    hand_over(ingest, station, journal)
    export_id = order(0, 6)
    jobs.run_next()
    assert row_of(sessions, export_id).state == "failed"


def test_an_interrupted_export_begins_anew(jobs, order, ingest, station, footage, sessions):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    export_id = order(0, 6)
    with sessions.begin() as session:
        session.get_one(ExportRow, export_id).state = "running"
    jobs.path(export_id).with_suffix(".part").write_bytes(b"half")
    assert jobs.run_next() is None
    jobs.requeue_interrupted()
    assert jobs.run_next() == export_id
    assert row_of(sessions, export_id).state == "ready"
    assert [p.name for p in jobs.path(export_id).parent.iterdir()] == [f"{export_id}.zip"]


def test_an_export_waits_for_a_store_that_is_away(
    sessions, store, clock, tmp_path, order, ingest, station, footage
):
    class AwayStore:
        def get(self, *args):
            raise UnavailableError("away")

    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    export_id = order(0, 6)
    with pytest.raises(UnavailableError):
        ExportJobs(sessions, AwayStore(), clock, tmp_path).run_next()
    assert row_of(sessions, export_id).state == "queued"


def test_an_export_waits_for_an_index_that_is_away(
    sessions, store, clock, tmp_path, order, ingest, station, footage
):
    """Although the index cannot be told that it waits."""
    is_away, will_leave = False, True

    class LeavingSessions:
        def __call__(self):
            return sessions()

        def begin(self):
            if is_away:
                raise OperationalError("", {}, ConnectionError())
            return sessions.begin()

    class WatchedStore:
        def get(self, *args):
            nonlocal is_away
            is_away = will_leave
            return store.get(*args)

    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    export_id = order(0, 6)
    jobs = ExportJobs(LeavingSessions(), WatchedStore(), clock, tmp_path)
    with pytest.raises(IndexUnavailableError):
        jobs.run_next()
    assert row_of(sessions, export_id).state == "running"
    is_away = will_leave = False
    clock.advance(PAUSES.cap_s)
    assert jobs.run_next() == export_id
    assert row_of(sessions, export_id).state == "ready"


def test_an_export_that_breaks_is_not_left_running(jobs, order, sessions, monkeypatch):
    def break_down(*_args):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("storage.export.job.plan_export", break_down)
    export_id = order(0, 6)
    with pytest.raises(RuntimeError):
        jobs.run_next()
    row = row_of(sessions, export_id)
    assert (row.state, "fault of ours" in row.error) == ("failed", False)


def test_old_packages_are_deleted_and_their_rows_stay(
    jobs, order, ingest, station, footage, sessions, clock
):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    export_id = order(0, 6)
    jobs.run_next()
    assert jobs.expire(timedelta(days=7)) == 0
    clock.advance(8 * 86400)
    assert jobs.expire(timedelta(days=7)) == 1
    assert row_of(sessions, export_id).state == "expired"
    assert not jobs.path(export_id).exists()


def test_several_workers_take_each_export_once(
    sessions, store, clock, tmp_path, order, ingest, station, footage
):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)
    ordered = {order(0, 6) for _ in range(6)}
    taken: list[UUID] = []

    def work() -> None:
        jobs = ExportJobs(sessions, store, clock, tmp_path)
        while (export_id := jobs.run_next()) is not None:
            taken.append(export_id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
    assert sorted(taken) == sorted(ordered)
    assert {row_of(sessions, export_id).state for export_id in ordered} == {"ready"}
