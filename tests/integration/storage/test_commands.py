"""The archive's commands, as an administrator calls them."""

import argparse
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import archive, db
from core.clock import SystemClock
from core.errors import SettingsError
from storage.identity import bind_archive
from storage.index.engine import make_engine, make_sessions
from storage.objects.disk import DiskStore
from tests.fakes.journal import Journal
from tests.integration.storage.conftest import (
    Incidents,
    hand_over,
    make_ingest,
    register_station,
)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("POLLCAM_API_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def call(data_dir, capsys):
    """Calls a command; its exit code and what it printed."""
    parser = argparse.ArgumentParser(prog="pollcam")
    subparsers = parser.add_subparsers(required=True)
    archive.add_parser(subparsers)
    db.add_parser(subparsers)

    def run(*words: str) -> tuple[int, str]:
        args = parser.parse_args(words)
        code = args.run(args)
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def stored(call, data_dir) -> Journal:
    """An archive with two segments of 2026, and the journal they came from."""
    call("db", "upgrade")
    engine = make_engine(f"sqlite:///{data_dir}/index.db")
    sessions, clock = make_sessions(engine), SystemClock()
    objects = data_dir / "objects"
    objects.mkdir()
    store = DiskStore(objects, reserve_bytes=0)
    bind_archive(sessions, store, clock)
    station = register_station(sessions)
    journal = station.journal()
    run = journal.start(journal_start())
    for number in range(2):
        journal.segment(run, number)
    hand_over(make_ingest(sessions, store, clock, Incidents(kinds=[])), station, journal)
    engine.dispose()
    return journal


def journal_start():
    return datetime(2020, 10, 4, 8, 0, tzinfo=UTC)


def incident_kinds(data_dir: Path) -> list[str]:
    link = sqlite3.connect(data_dir / "index.db")
    try:
        return [kind for (kind,) in link.execute("SELECT kind FROM incident")]
    finally:
        link.close()


def test_upgrading_tells_whether_there_was_something_to_do(call):
    assert call("db", "upgrade") == (0, "the index was upgraded\n")
    assert call("db", "upgrade") == (0, "the index is up to date\n")


def test_an_index_that_was_not_upgraded_is_named(call):
    with pytest.raises(SettingsError, match="pollcam db upgrade"):
        call("archive", "fsck")


def test_fsck_of_a_sound_archive_ends_well(call, stored):
    code, text = call("archive", "fsck", "--deep")
    assert (code, text) == (
        0,
        "3 objects and 1 chains checked, 0 awaited, 0 set aside: no findings\n",
    )


def test_fsck_names_a_lost_file_and_what_to_do(call, stored, data_dir):
    [victim] = (data_dir / "objects").rglob("*.init.mp4")
    victim.unlink()
    code, text = call("archive", "fsck")
    assert code == 1
    assert text.startswith("missing: v1/")
    assert victim.name in text
    assert "copy of the store" in text


def test_reindex_rebuilds_a_lost_index(call, stored, data_dir):
    for file in data_dir.glob("index.db*"):
        file.unlink()
    call("db", "upgrade")
    assert call("archive", "reindex") == (0, "3 objects, 3 entries added\n")
    assert call("archive", "reindex", "--deep") == (0, "3 objects, 0 entries added\n")
    assert call("archive", "fsck")[0] == 0


def test_reindex_names_what_it_cannot_take(call, stored, data_dir):
    next((data_dir / "objects").rglob("*.m4s")).write_bytes(b"short")
    for file in data_dir.glob("index.db*"):
        file.unlink()
    call("db", "upgrade")
    code, text = call("archive", "reindex")
    assert code == 1
    assert "not taken: v1/" in text


def test_retain_tells_first_refuses_too_much_and_does_what_it_is_told(call, stored, data_dir):
    keep = ("archive", "retain", "--keep", "online=45")
    code, text = call(*keep, "--max-share", "1", "--dry-run")
    assert (code, "2 of 2 stored segments would be deleted" in text) == (0, True)

    assert call(*keep, "--dry-run")[0] == 1
    assert incident_kinds(data_dir) == []
    assert call(*keep)[0] == 1
    assert incident_kinds(data_dir) == ["retention_refused"]
    assert call("archive", "fsck")[0] == 0

    code, text = call(*keep, "--max-share", "1")
    assert (code, "2 of 2 stored segments deleted" in text) == (0, True)
    assert list((data_dir / "objects").rglob("*.m4s")) == []
    assert call("archive", "fsck")[0] == 0


@pytest.mark.parametrize("keep", ["online", "online=-1", "online=nan", "weekly=3", "online=1e99"])
def test_an_age_that_makes_no_sense_is_refused(call, keep):
    with pytest.raises(SystemExit) as exit_:
        call("archive", "retain", "--keep", keep)
    assert exit_.value.code == 2
