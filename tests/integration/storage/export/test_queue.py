"""Whose turn it is when an export cannot be made, and what the person who asked is told."""

import errno
import os
from datetime import timedelta

import pytest

from core.errors import UnavailableError
from storage.export.job import ExportJobs
from storage.export.queue import MAX_ATTEMPTS, PAUSES
from storage.index.footage_tables import ExportRow
from tests.fakes.journal import MORNING
from tests.integration.storage.conftest import hand_over
from tests.integration.storage.export.conftest import record, row_of


@pytest.fixture(autouse=True)
def recorded(ingest, station, footage):
    journal = station.journal()
    record(journal, footage)
    hand_over(ingest, station, journal)


class FaultyStore:
    """Passes one call in so many on; the others meet a fault."""

    def __init__(self, store, fault: Exception, passed: int = 0) -> None:
        self._store, self._fault, self._passed = store, fault, passed

    def get(self, key: str):
        self._passed -= 1
        if self._passed < 0:
            raise self._fault
        return self._store.get(key)


def test_an_export_that_cannot_be_made_now_goes_behind_the_others(
    sessions, store, clock, tmp_path, order
):
    first = order(0, 6)
    clock.advance(1)
    with sessions.begin() as session:
        second = order(0, 2)
        session.get_one(ExportRow, second).created_utc = MORNING + timedelta(seconds=1)
    with pytest.raises(UnavailableError):
        ExportJobs(
            sessions, FaultyStore(store, UnavailableError("away")), clock, tmp_path
        ).run_next()
    jobs = ExportJobs(sessions, store, clock, tmp_path)
    assert jobs.run_next() == second
    assert jobs.run_next() is None
    assert row_of(sessions, first).state == "queued"
    clock.advance(PAUSES.cap_s)
    assert jobs.run_next() == first


def test_an_export_is_given_up_after_a_bounded_number_of_attempts(
    sessions, store, clock, tmp_path, order
):
    export_id = order(0, 6)
    jobs = ExportJobs(sessions, FaultyStore(store, UnavailableError("away")), clock, tmp_path)
    for _ in range(MAX_ATTEMPTS):
        assert row_of(sessions, export_id).state == "queued"
        with pytest.raises(UnavailableError):
            jobs.run_next()
        clock.advance(PAUSES.cap_s)
    assert jobs.run_next() is None
    row = row_of(sessions, export_id)
    assert (row.state, row.error) == ("failed", f"given up after {MAX_ATTEMPTS} attempts: away")


def test_an_export_that_ends_its_process_each_time_is_given_up(sessions, jobs, order):
    export_id = order(0, 6)
    with sessions.begin() as session:
        row = session.get_one(ExportRow, export_id)
        row.state, row.attempts = "running", MAX_ATTEMPTS
    jobs.requeue_interrupted()
    assert row_of(sessions, export_id).state == "failed"


def test_an_export_that_would_not_fit_fails_with_a_sentence_and_writes_nothing(
    sessions, store, clock, tmp_path, order
):
    folder = tmp_path / "exports"
    folder.mkdir()
    facts = os.statvfs(folder)
    disk_bytes = facts.f_blocks * facts.f_frsize
    export_id = order(0, 6)
    jobs = ExportJobs(sessions, store, clock, folder, reserve_bytes=disk_bytes)
    assert jobs.run_next() == export_id
    row = row_of(sessions, export_id)
    assert (row.state, row.error.split(":")[0]) == ("failed", "there is no room for this export")
    assert list(folder.iterdir()) == []


def test_a_disk_that_fills_up_fails_the_export_and_leaves_no_half_package(
    sessions, store, clock, tmp_path, order
):
    folder = tmp_path / "exports"
    folder.mkdir()
    full = FaultyStore(store, OSError(errno.ENOSPC, "No space left on device"), passed=2)
    first, second = order(0, 6), order(0, 2)
    [taken, other] = sorted([first, second])
    assert ExportJobs(sessions, full, clock, folder).run_next() == taken
    row = row_of(sessions, taken)
    assert (row.state, row.error.split(":")[0]) == ("failed", "there is no room for this export")
    assert list(folder.iterdir()) == []
    assert ExportJobs(sessions, store, clock, folder).run_next() == other
