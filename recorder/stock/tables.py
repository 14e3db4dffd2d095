"""The stock's SQLite file: how it is opened and what its tables are.

It holds nothing that the spool and the journals do not say too, apart from what the centre
has acknowledged, which the centre can be asked again. So a damaged file is set aside and
rebuilt, and commits need not survive a power cut.
"""

import sqlite3
from pathlib import Path

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS chains (
    camera_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sent_seq INTEGER NOT NULL DEFAULT -1,
    PRIMARY KEY (camera_id, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (
    number INTEGER PRIMARY KEY,
    camera_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    line TEXT NOT NULL,
    UNIQUE (camera_id, epoch, seq)
);
CREATE TABLE IF NOT EXISTS objects (
    object_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    camera_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    media_us INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_by_state ON objects (state, kind, start_us);
"""


def open_tables(path: Path) -> sqlite3.Connection:
    """Open the file, making it if need be; a damaged one is set aside and made anew.

    Raises:
        sqlite3.Error: The disk does not take it.
    """
    try:
        return _opened(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        _set_aside(path)
        return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    tables = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        tables.execute("PRAGMA journal_mode=WAL")
        tables.execute("PRAGMA synchronous=NORMAL")
        tables.execute("PRAGMA cache_size=-512")
        _make(tables)
    except sqlite3.Error:
        tables.close()
        raise
    return tables


def _make(tables: sqlite3.Connection) -> None:
    (version,) = tables.execute("PRAGMA user_version").fetchone()
    if version not in (0, SCHEMA_VERSION):
        raise sqlite3.DatabaseError(f"the stock is of version {version}")
    if version == SCHEMA_VERSION:
        (verdict,) = tables.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the stock is damaged: {verdict}")
    tables.executescript(_SCHEMA)
    tables.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _set_aside(path: Path) -> None:
    # It can be rebuilt, so only the newest damaged one is kept, for whoever wants to know why.
    path.replace(path.with_suffix(".damaged"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
