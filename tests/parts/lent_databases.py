"""Databases that are lent to one test after another, and emptied in between.

To copy one costs PostgreSQL ten times what it takes to empty one.
"""

from collections import deque
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.parts.postgres import PostgresServer

_RESTING = 3
"""As many rest before one is lent again: whoever used it has hung up by then, or never will."""
_LEFT_ALONE = """
SELECT count(*) FROM pg_database d
WHERE datname = %s AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)
"""
_SHAPE = """
SELECT string_agg(part, ', ' ORDER BY part) FROM (
    SELECT concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull, a.atthasdef)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
) AS parts (part)
"""
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""
_COUNT_ANEW = """
SELECT setval(oid::regclass, 1, false) FROM pg_class
WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


class LentDatabases:
    """Copies of one original, whose tables are empty but for the version of their schema."""

    def __init__(self, server: PostgresServer, original: str) -> None:
        self._server = server
        self._original = original
        self._shape: object = None
        self._resting: deque[str] = deque()

    def lend(self) -> str:
        """The name of a database that is as the original, and that nobody else uses."""
        while len(self._resting) > _RESTING:
            name = self._resting.popleft()
            if self._is_as_new(name):
                return name
            self._server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        return self._copy()

    def _copy(self) -> str:
        name = f"lent_{uuid4().hex}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {self._original}")
        self._shape = self._shape or self._asked(name, _SHAPE)
        return name

    def take_back(self, name: str) -> None:
        """Call when its test has ended."""
        self._resting.append(name)

    def _is_as_new(self, name: str) -> bool:
        """Empty it; whether it can be lent: a schema that was changed is nothing to empty."""
        if self._asked("postgres", _LEFT_ALONE, name) != 1:  # a test may also have dropped it
            return False
        if self._asked(name, _SHAPE) != self._shape:
            return False
        with self._server.connect(name) as link, link.transaction():
            tables = [row[0] for row in link.execute(_TABLES)]
            link.execute("SET LOCAL session_replication_role = replica")  # in whatever order
            link.execute(";".join(f'DELETE FROM "{table}"' for table in tables))
            link.execute(_COUNT_ANEW)
        return True

    def _asked(self, database: str, question: str, *values: str) -> object:
        with self._server.connect(database) as link:
            return link.execute(question, values).fetchone()[0]


@pytest.fixture(scope="session")
def lent_databases(postgres_server: PostgresServer, original_database: str) -> LentDatabases:
    return LentDatabases(postgres_server, original_database)


@pytest.fixture
def lent_postgres_url(
    postgres_server: PostgresServer, lent_databases: LentDatabases
) -> Iterator[str]:
    """The address of an index with today's schema and nothing in it, for one test."""
    name = lent_databases.lend()
    yield postgres_server.url(name)
    lent_databases.take_back(name)
