import sqlite3
import threading
from datetime import timedelta, timezone
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from core.errors import SettingsError
from storage.index import footage_tables, registry_tables
from storage.index.base import Base
from storage.index.engine import make_engine, make_sessions
from storage.index.footage_tables import ArchiveRow
from storage.index.schema import is_current, upgrade
from tests.fakes.journal import MORNING
from tests.waiting import PATIENCE_S

TABLES = (footage_tables, registry_tables)


def test_the_migrations_lead_to_exactly_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine):
    upgrade(engine)
    assert is_current(engine)


def test_an_empty_database_is_not_current(new_engine):
    assert not is_current(new_engine())


def test_several_processes_may_upgrade_at_once(new_engine, new_index_url):
    url = new_index_url()
    engines = [make_engine(url) for _ in range(4)]
    failures: list[Exception] = []

    def work(engine) -> None:
        try:
            upgrade(engine)
        except Exception as error:  # noqa: BLE001 whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(e,)) for e in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
    assert failures == []
    assert is_current(engines[0])
    for engine in engines:
        engine.dispose()


def test_a_failing_step_leaves_nothing_half_done(new_engine, monkeypatch):
    engine = new_engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE hold (hold_id INTEGER)"))  # in the way of the last
    with pytest.raises(Exception, match="hold"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["hold"]


def test_an_instant_keeps_its_microseconds_and_its_zone(sessions):
    bishkek = timezone(timedelta(hours=6))
    instant = MORNING.replace(microsecond=123456).astimezone(bishkek)
    row_id = uuid4()
    with sessions.begin() as session:
        session.add(ArchiveRow(archive_id=row_id, bound_utc=instant))
    with sessions() as session:
        found = session.get_one(ArchiveRow, row_id).bound_utc
    assert found == instant
    assert found.utcoffset() == timedelta(0)


def test_a_reader_does_not_wait_for_a_writer_nor_a_writer_for_a_reader(sessions):
    with sessions() as reader, sessions() as writer:
        assert reader.query(ArchiveRow).count() == 0
        writer.add(ArchiveRow(archive_id=uuid4(), bound_utc=MORNING))
        writer.flush()
        assert reader.query(ArchiveRow).count() == 0
        writer.commit()
    with sessions() as session:
        assert session.query(ArchiveRow).count() == 1


def test_a_commit_in_sqlite_survives_a_power_cut(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/index.db")
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }


def test_reading_before_writing_never_ends_in_a_stale_snapshot(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/index.db")
    upgrade(engine)
    sessions = make_sessions(engine)
    with sessions() as slow:
        slow.query(ArchiveRow).count()
        with sessions.begin() as fast:
            fast.add(ArchiveRow(archive_id=uuid4(), bound_utc=MORNING))
        slow.add(ArchiveRow(archive_id=uuid4(), bound_utc=MORNING))
        slow.commit()
        assert slow.query(ArchiveRow).count() == 2
    engine.dispose()
    with sqlite3.connect(tmp_path / "index.db") as link:
        assert link.execute("SELECT count(*) FROM archive").fetchone() == (2,)
    link.close()


@pytest.mark.parametrize(
    "url", ["mysql://host/x", "sqlite://", "sqlite:////no/such/folder/x.db", "nonsense"]
)
def test_another_address_is_refused_with_a_sentence(url):
    with pytest.raises(SettingsError):
        make_engine(url)


def test_an_error_does_not_tell_the_values_of_its_statement(engine):
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text("SELECT * FROM nowhere WHERE pin = :pin"), {"pin": "493817"})
    assert "nowhere" in str(caught.value)
    assert "493817" not in str(caught.value)
