"""Tests that are lent a database in turn find nothing of one another."""

import pytest

from tests.parts.lent_databases import LentDatabases


@pytest.fixture
def lent(postgres_server, original_database):
    return LentDatabases(postgres_server, original_database)


def lent_again(lent, name):
    """What is lent until this one had its turn."""
    lent.take_back(name)
    names = []
    while name not in names and len(names) < 8:
        names.append(lent.lend())
        lent.take_back(names[-1])
    return names


def test_a_database_is_lent_again_without_its_rows(lent, postgres_server):
    name = lent.lend()
    with postgres_server.connect(name) as link:
        link.execute("INSERT INTO archive (archive_id, bound_utc) VALUES (%s, now())", ["a" * 32])
    assert name in lent_again(lent, name)
    with postgres_server.connect(name) as link:
        assert link.execute("SELECT count(*) FROM archive").fetchone() == (0,)
        assert link.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE access_log",
        "ALTER TABLE archive ADD COLUMN more integer",
        "ALTER TABLE archive ALTER COLUMN bound_utc DROP NOT NULL",
        "CREATE INDEX of_bounds ON archive (bound_utc)",
        "ALTER TABLE camera DROP CONSTRAINT pk_camera CASCADE",
    ],
)
def test_a_database_whose_schema_was_changed_is_not_lent_again(lent, postgres_server, change):
    name = lent.lend()
    with postgres_server.connect(name) as link:
        link.execute(change)
    assert name not in lent_again(lent, name)


def test_a_database_to_which_somebody_is_connected_is_not_lent_again(lent, postgres_server):
    name = lent.lend()
    with postgres_server.connect(name):
        assert name not in lent_again(lent, name)


def test_a_database_that_a_test_dropped_is_not_lent_again(lent, postgres_server):
    name = lent.lend()
    postgres_server.execute(f"DROP DATABASE {name}")
    assert name not in lent_again(lent, name)


def test_two_tests_at_a_time_have_a_database_each(lent):
    assert len({lent.lend() for _ in range(6)}) == 6
