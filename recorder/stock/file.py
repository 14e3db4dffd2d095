"""The stock's file as its callers see it: from any thread, one short transaction at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import UnavailableError
from recorder.stock.tables import open_tables

Row = tuple[Any, ...]


class StockError(UnavailableError):
    """The stock's file takes no change now: the disk is full, failing or busy."""


class StockFile:
    """One connection for all threads, opened by the first call that finds a disk to open it on.

    Args:
        path: Made if need be.

    Raises:
        StockError: From every call, when the disk does not take or give it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._tables: sqlite3.Connection | None = None
        self._is_closed = False

    def close(self) -> None:
        """Let go of the file. Calls after this fail."""
        with self._lock:
            self._is_closed = True
            if self._tables is not None:
                self._tables.close()

    def rows(self, query: str, values: Row = ()) -> list[Row]:
        """What a query finds."""
        with self._lock, _translated():
            return self._opened().execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that the block changes, or nothing of it."""
        with self._lock, _translated():
            tables = self._opened()
            tables.execute("BEGIN IMMEDIATE")
            try:
                yield tables
            except BaseException:
                tables.execute("ROLLBACK")
                raise
            tables.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        """The open file. Called with the lock held."""
        if self._is_closed:
            raise sqlite3.ProgrammingError("it was closed")
        if self._tables is None:
            self._tables = open_tables(self._path)
        return self._tables


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StockError(f"the station's stock is not available: {error}") from error
