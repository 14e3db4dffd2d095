"""What the tests of exports share: real encoded footage, and a queue of exports."""

import hashlib
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core.footage import GapCause
from storage.export.job import ExportJobs
from storage.index.footage_tables import ExportRow
from storage.index.registry_tables import AccountRow
from tests.fakes.cmaf import Footage, encode
from tests.fakes.journal import MORNING, Journal


@pytest.fixture(scope="session")
def footage(tmp_path_factory) -> Footage:
    return encode(tmp_path_factory.mktemp("cmaf"), seconds=6, has_sound=True)


@pytest.fixture(scope="session")
def other_footage(tmp_path_factory) -> Footage:
    return encode(tmp_path_factory.mktemp("cmaf"), seconds=4, size="640x360", has_b_frames=False)


def record(journal: Journal, footage: Footage, start_utc=MORNING, numbers=None) -> UUID:
    run = journal.start(start_utc, footage.init)
    begin = start_utc
    for number, content in enumerate(footage.segments):
        seconds = footage.seconds[number]
        if numbers is None or number in numbers:
            journal.segment(run, number, seconds=seconds, content=content, start_utc=begin)
        begin += timedelta(seconds=seconds)
    return run.run_id


def record_around_a_full_disk(journal: Journal, footage: Footage) -> None:
    """The first and the third segment of a run, under consecutive numbers, and the gap."""
    run = journal.start(MORNING, footage.init)
    full_utc = MORNING + timedelta(seconds=footage.seconds[0])
    journal.segment(run, 0, seconds=footage.seconds[0], content=footage.segments[0])
    journal.gap(full_utc, footage.seconds[1], GapCause.DISK_FULL)
    journal.segment(
        run,
        1,
        seconds=footage.seconds[2],
        content=footage.segments[2],
        start_utc=full_utc + timedelta(seconds=footage.seconds[1]),
    )


@pytest.fixture
def order(sessions, station):
    """Queues an export and gives its id."""
    account_id = uuid4()
    with sessions.begin() as session:
        session.add(
            AccountRow(
                account_id=account_id,
                user="auditor.osh",
                password_hash="",
                role="auditor",
                regions=[],
                language="ru",
                totp_secret="",
                is_active=True,
                created_utc=MORNING,
            )
        )

    def queue(start_s: float, end_s: float) -> UUID:
        export_id = uuid4()
        with sessions.begin() as session:
            session.add(
                ExportRow(
                    export_id=export_id,
                    account_id=account_id,
                    camera_id=station.camera_ids[0],
                    start_utc=MORNING + timedelta(seconds=start_s),
                    end_utc=MORNING + timedelta(seconds=end_s),
                    reason="complaint 17",
                    state="queued",
                    created_utc=MORNING,
                )
            )
        return export_id

    return queue


@pytest.fixture
def jobs(sessions, store, clock, tmp_path) -> ExportJobs:
    folder = tmp_path / "exports"
    folder.mkdir()
    return ExportJobs(sessions, store, clock, folder)


@pytest.fixture
def export(jobs, order, sessions, tmp_path):
    """Carries an export out and unpacks it; its folder and its manifest."""

    def carry_out(start_s: float, end_s: float) -> tuple[Path, dict]:
        export_id = order(start_s, end_s)
        assert jobs.run_next() == export_id
        row = row_of(sessions, export_id)
        assert (row.state, row.error) == ("ready", "")
        package = jobs.path(export_id)
        assert hashlib.sha256(package.read_bytes()).hexdigest() == row.file_sha256
        folder = tmp_path / str(export_id)
        with zipfile.ZipFile(package) as archive:
            assert archive.testzip() is None
            assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
            archive.extractall(folder)
        return folder, json.loads((folder / "manifest.json").read_text())

    return carry_out


def row_of(sessions, export_id: UUID) -> ExportRow:
    with sessions() as session:
        return session.get_one(ExportRow, export_id)
