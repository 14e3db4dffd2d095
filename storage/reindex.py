"""Rebuilds the footage part of the index, and its holds, from the objects alone.

Idempotent: what the index has already stays as it is, except that footage of which the objects
say that it was deleted since is not recorded any more. What only the index knew cannot come
back (segments that were announced and never arrived, stops): their devices send those entries
again, because the heads of their chains fall back to the last one without a hole.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.errors import DamagedError
from core.footage import Gap, Run, Segment
from evidence.entry import Entry, read_entry
from evidence.statements import statement_of
from storage.archive_gap import read_archive_gap
from storage.device_keys import DeviceKeys
from storage.hold_record import HOLD_PREFIX, keep_holds
from storage.identity import bind_archive
from storage.index.failures import named_failures
from storage.index.footage_tables import EntryRow, GapRow
from storage.intake.chain import settle_heads
from storage.intake.known import KnownRows, add_gap
from storage.intake.rows import entry_row, gap_row
from storage.object_check import is_signed_gap
from storage.objects.checked import digest_of
from storage.objects.keys import (
    FOOTAGE_PREFIX,
    FootageKey,
    KeyKind,
    kept_line,
    read_key,
    segment_key,
)
from storage.objects.port import ListedObject, ObjectMissingError, ObjectStore
from storage.rebuilt_holds import take_hold_object
from storage.rebuilt_rows import expire_segment, is_stored, store_run, store_segment

_COMMIT_EVERY = 500
_COMMIT_BYTES = 64 * 2**20
"""Read within one transaction: who writes to the index meanwhile waits for its end."""


@dataclass(slots=True, kw_only=True)
class ReindexReport:
    """What a run found."""

    object_count: int = 0
    added_count: int = 0
    """Entries that were not in the index before."""
    problems: list[str] = field(default_factory=list)
    """Objects that could not be taken, each a sentence."""


class Reindex:
    """One run over a store.

    Args:
        sessions: An index of the present schema, empty or not.
        store: The archive.
        clock: Dates the new rows.
        is_deep: Read every byte and hold it to its digest. Otherwise that is done for what is
            not stored yet by this index (all of it, in a new one); of the rest sizes are compared.
        on_progress: Told the count of objects seen.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        clock: Clock,
        on_progress: Callable[[int], None],
        *,
        is_deep: bool = False,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._on_progress = on_progress
        self._is_deep = is_deep
        self._report = ReindexReport()
        self._keys = DeviceKeys(sessions)

    def run(self) -> ReindexReport:
        """Take in every object, holds first, then find the heads of all chains.

        Raises:
            WrongStoreError: The index speaks of another store.
        """
        bind_archive(self._sessions, self._store, self._clock)
        with named_failures():
            self._take_holds()
            for batch in _batches(self._store.list(FOOTAGE_PREFIX)):
                self._take_batch(batch)
            with self._sessions.begin() as session:
                settle_heads(session)
                keep_holds(session, self._store)
        return self._report

    def _take_holds(self) -> None:
        for listed in self._store.list(HOLD_PREFIX):
            self._report.object_count += 1
            with self._naming(listed.key), self._sessions.begin() as session:
                take_hold_object(session, self._store, listed.key, self._clock.utc())

    @contextmanager
    def _naming(self, key: str) -> Iterator[None]:
        try:
            yield
        except DamagedError as error:
            self._report.problems.append(f"{key}: {error}")

    def _take_batch(self, batch: list[ListedObject]) -> None:
        with self._sessions.begin() as session:
            for listed in batch:
                self._report.object_count += 1
                with self._naming(listed.key):
                    self._take(session, listed)
        self._on_progress(self._report.object_count)

    def _take(self, session: Session, listed: ListedObject) -> None:
        key = read_key(listed.key)
        if key is None:
            raise DamagedError("its name is not one of the archive's")
        if key.kind is KeyKind.GAP:
            self._take_gap(session, key)
            return
        line = kept_line(self._store.stat(listed.key).metadata)
        if line is None:
            raise DamagedError("it carries no signed entry")
        entry = self._read(line)
        statement = statement_of(entry)
        _check_key(key, statement)
        now_utc = self._clock.utc()
        # Bytes first: an entry that is held is never sent again, and its object never either.
        must_read = self._is_deep or not is_stored(session, statement)
        if isinstance(statement, Run):
            promised = (statement.init_size_bytes, statement.init_sha256)
            self._check_bytes(listed, promised, must_read=must_read)
            self._add_entry(session, entry)
            store_run(session, statement, entry, now_utc)
        elif isinstance(statement, Segment):
            promised = (statement.size_bytes, statement.sha256)
            self._check_bytes(listed, promised, must_read=must_read)
            self._add_entry(session, entry)
            store_segment(session, statement, entry, now_utc)

    def _take_gap(self, session: Session, key: FootageKey) -> None:
        content = b"".join(self._store.get(str(key)))
        now_utc = self._clock.utc()
        if is_signed_gap(content):
            entry = self._read(content.decode("ascii", errors="replace"))
            gap = statement_of(entry)
            _check_key(key, gap)
            self._add_entry(session, entry)
            if isinstance(gap, Gap):
                add_gap(KnownRows(session), gap, entry, now_utc)
            return
        statement = read_archive_gap(content)
        _check_key(key, statement.gap)
        entries = [self._read(line) for line in statement.lines]
        if session.get(GapRow, statement.gap.gap_id) is None:
            session.add(gap_row(statement.gap, None, now_utc))
        for entry in entries:
            self._take_expired(session, entry, now_utc)

    def _take_expired(self, session: Session, entry: Entry, now_utc: datetime) -> None:
        segment = statement_of(entry)
        if isinstance(segment, Segment) and self._is_there(segment):
            return  # the record came first and the deletion never: its own object speaks of it
        self._add_entry(session, entry)
        if isinstance(segment, Segment):
            expire_segment(session, segment, entry, now_utc)

    def _is_there(self, segment: Segment) -> bool:
        try:
            self._store.stat(segment_key(segment.camera_id, segment.start_utc, segment.segment_id))
        except ObjectMissingError:
            return False
        return True

    def _read(self, line: str) -> Entry:
        entry = read_entry(line)
        self._keys.check(entry)
        return entry

    def _add_entry(self, session: Session, entry: Entry) -> None:
        known = session.get(EntryRow, (entry.camera_id, entry.epoch, entry.seq))
        if known is None:
            session.add(entry_row(entry, self._clock.utc()))
            session.flush()
            self._report.added_count += 1
        elif known.sha256 != entry.sha256:
            raise DamagedError(f"entry {entry.seq} of its chain is known with other contents")

    def _check_bytes(
        self, listed: ListedObject, promised: tuple[int, str], *, must_read: bool
    ) -> None:
        if listed.size_bytes != promised[0]:
            raise DamagedError(f"{listed.size_bytes} bytes, its entry says {promised[0]}")
        if must_read and digest_of(self._store.get(listed.key)) != promised:
            raise DamagedError("its SHA-256 is not that of its entry")


def _batches(listing: Iterable[ListedObject]) -> Iterator[list[ListedObject]]:
    batch: list[ListedObject] = []
    size_bytes = 0
    for listed in listing:
        batch.append(listed)
        size_bytes += listed.size_bytes
        if size_bytes >= _COMMIT_BYTES or len(batch) == _COMMIT_EVERY:
            yield batch
            batch, size_bytes = [], 0
    yield batch


def _check_key(key: FootageKey, statement: Run | Segment | Gap | None) -> None:
    match statement:
        case Run():
            stated = (KeyKind.INIT, statement.camera_id, statement.start_utc, statement.run_id)
        case Segment():
            stated = (
                KeyKind.SEGMENT,
                statement.camera_id,
                statement.start_utc,
                statement.segment_id,
            )
        case Gap():
            start_utc = statement.range.start_utc
            stated = (KeyKind.GAP, statement.camera_id, start_utc, statement.gap_id)
        case None:
            raise DamagedError("its entry states nothing")
    if stated != (key.kind, key.camera_id, key.start_utc, key.object_id):
        raise DamagedError("its entry speaks of another object")
