"""Engines and sessions: one set of rules on SQLite and on PostgreSQL."""

import sqlite3
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from core.clock import SystemClock
from core.errors import SettingsError

_BUSY_TIMEOUT_S = 30.0
_CONNECTIONS = 30
"""Of one process, and kept: those beyond a smaller pool would be opened and closed for each
transaction just when there is most to do, which costs several times what the transaction does."""
_IDLE_S = 1.0
_USED_S = "used_s"
_DISPOSALS = "disposals"
_CLOCK = SystemClock()
_WAL_TRIES = 200
_WAL_PAUSE_S = 0.05
_PRAGMAS = (
    # Not NORMAL: a commit the device was told of must survive a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`.

    Both engines then behave alike: a transaction sees what others committed (READ COMMITTED),
    takes its locks with its first write, and waits a bounded time for them. Whoever reads,
    decides and writes therefore locks first, by writing the row the decision hangs on.
    Errors do not show the values of a statement: they end up in logs, and some are secrets.

    Raises:
        SettingsError: Another kind of database, or a folder that is not there.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError("the database address cannot be read") from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.drivername == "postgresql+psycopg":
        return _postgresql(parsed)
    raise SettingsError("the database address must begin with sqlite:/// or postgresql+psycopg://")


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose rows stay readable after their commit."""
    return sessionmaker(engine, expire_on_commit=False)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise SettingsError("the index needs a file: sqlite:///path/index.db")
    if not Path(url.database).absolute().parent.is_dir():
        raise SettingsError(f"the folder of {url.database} does not exist")
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("the SQLite engine gave another driver's connection")
    _use_wal(connection)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    # The driver begins at the first write. With a plain BEGIN that write could find its
    # snapshot outdated and fail at once; IMMEDIATE waits its turn.
    connection.isolation_level = "IMMEDIATE"


def _use_wal(connection: sqlite3.Connection) -> None:
    # Once per file, and the one statement that does not wait for others by itself: several
    # processes may open a new index at the same moment.
    for _ in range(_WAL_TRIES):
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            return
        time.sleep(_WAL_PAUSE_S)
    raise sqlite3.OperationalError("the index cannot be switched to write-ahead logging")


def _postgresql(url: URL) -> Engine:
    timeouts = "-c statement_timeout=60s -c lock_timeout=30s -c timezone=UTC"
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=10,
        connect_args={"connect_timeout": 5, "options": timeouts},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ask_if_idle, engine.dialect))
    _close_what_comes_late(engine)
    return engine


def _close_what_comes_late(engine: Engine) -> None:
    """What is in use while an engine is disposed of comes back to a pool that nobody empties."""
    disposals = 0

    def note_disposal(_engine: Engine) -> None:
        nonlocal disposals
        disposals += 1

    def note_birth(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info[_DISPOSALS] = disposals

    def close_if_late(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        if record.info.get(_DISPOSALS, disposals) != disposals:
            record.close()

    event.listen(engine, "engine_disposed", note_disposal)
    event.listen(engine, "connect", note_birth)
    event.listen(engine, "checkin", close_if_late)


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED_S] = _CLOCK.monotonic_s()


def _ask_if_idle(
    dialect: Dialect,
    connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Let no request meet a connection that the server closed long ago: the pool opens another.

    SQLAlchemy's own `pool_pre_ping` would ask before each transaction, a fifth of what a heartbeat
    asks at all. The first one that fails after a restart gives up all that were opened before it.
    """
    used_s = record.info.get(_USED_S)
    if used_s is None or _CLOCK.monotonic_s() - used_s < _IDLE_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError("the index closed an idle connection") from error
