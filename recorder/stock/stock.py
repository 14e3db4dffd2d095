"""What this station holds and how far the archive has it. Shared by cameras and uplink."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from core.wire.upload import ChainHead, ObjectKind
from evidence.entry import Entry
from recorder.stock.file import Row, StockFile
from recorder.stock.stocked import Backlog, ObjectState, StockedObject, UnsentLine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COLUMNS = "kind, camera_id, object_id, path, sha256, size_bytes, start_us, media_us"
_PREFIXED = ", ".join(f"o.{column}" for column in _COLUMNS.split(", "))


class Stock:
    """The station's book of signed lines and of objects and their upload state.

    Safe to use from any thread. Every call is one short transaction on the local disk; an
    asyncio caller goes through `asyncio.to_thread`. All changes may be repeated.

    Args:
        root: The spool; objects lie below it.

    Raises:
        StockError: From every call, when the disk does not take or give it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = StockFile(root / "stock.sqlite3")
        self._on_new: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Calls after this fail."""
        self._file.close()

    def on_new(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each new line, from the writer's thread: it must not wait."""
        self._on_new.append(callback)

    # What the cameras write.

    def add(self, entry: Entry, stocked: StockedObject | None = None) -> None:
        """Take a line that is durable in its journal, and the object it states, if any."""
        chain = (str(entry.camera_id), str(entry.epoch))
        with self._file.transaction() as tables:
            tables.execute("INSERT OR IGNORE INTO chains (camera_id, epoch) VALUES (?, ?)", chain)
            tables.execute(
                "INSERT OR IGNORE INTO lines (camera_id, epoch, seq, line) VALUES (?, ?, ?, ?)",
                (*chain, entry.seq, entry.line),
            )
            if stocked is not None:
                tables.execute(
                    f"INSERT OR IGNORE INTO objects ({_COLUMNS}, epoch, seq, state)"  # noqa: S608 constants
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*self._row(stocked), str(entry.epoch), entry.seq, ObjectState.SEALED),
                )
        for callback in self._on_new:
            callback()

    def last_seq(self, camera_id: UUID, epoch: UUID) -> int:
        """The newest line of a chain it holds; -1: none."""
        rows = self._file.rows(
            "SELECT max(seq) FROM lines WHERE camera_id = ? AND epoch = ?",
            (str(camera_id), str(epoch)),
        )
        return -1 if rows[0][0] is None else int(rows[0][0])

    def has(self, object_id: UUID) -> bool:
        """Whether an entry stated this object, wherever it is now."""
        return self.state_of(object_id) is not None

    def state_of(self, object_id: UUID) -> ObjectState | None:
        """How far an object has come; None: no entry stated it."""
        rows = self._file.rows("SELECT state FROM objects WHERE object_id = ?", (str(object_id),))
        return ObjectState(rows[0][0]) if rows else None

    def end_of(self, camera_id: UUID) -> datetime | None:
        """Where the newest footage ever stated of a camera ends."""
        ((end_us,),) = self._file.rows(
            "SELECT max(start_us + media_us) FROM objects WHERE camera_id = ? AND kind = ?",
            (str(camera_id), ObjectKind.SEGMENT),
        )
        return None if end_us is None else _EPOCH + end_us * _MICROSECOND

    # What the uplink reads and acknowledges.

    def unsent_lines(
        self, limit: int, *, without: Iterable[tuple[UUID, UUID]] = ()
    ) -> list[UnsentLine]:
        """The oldest lines the centre has not acknowledged; in order within each chain.

        Args:
            limit: At most so many.
            without: Camera and epoch of chains to leave out.
        """
        held = [(str(camera_id), str(epoch)) for camera_id, epoch in without]
        rows = self._file.rows(
            # CROSS JOIN: each chain's index is entered at its head. By itself SQLite reads all
            # lines ever written, each time that nothing is unsent.
            "SELECT l.camera_id, l.epoch, l.seq, l.line FROM chains c CROSS JOIN lines l"  # noqa: S608 question marks
            " ON c.camera_id = l.camera_id AND c.epoch = l.epoch WHERE l.seq > c.sent_seq"
            f"{' AND NOT (c.camera_id = ? AND c.epoch = ?)' * len(held)}"
            " ORDER BY l.number LIMIT ?",
            (*(part for chain in held for part in chain), limit),
        )
        return [
            UnsentLine(camera_id=UUID(camera_id), epoch=UUID(epoch), seq=seq, line=line)
            for camera_id, epoch, seq, line in rows
        ]

    def mark_heads(self, heads: Iterable[ChainHead], *, is_complete: bool = False) -> None:
        """Note how far the centre has each chain; lines behind a lower head are unsent again.

        Args:
            heads: From `EntriesReply`; chains this station does not know are passed over.
            is_complete: The answer named all chains of the device (an empty request was
                asked), so the centre has nothing of a chain that is not named.
        """
        with self._file.transaction() as tables:
            if is_complete:
                tables.execute("UPDATE chains SET sent_seq = -1")
            tables.executemany(
                "UPDATE chains SET sent_seq = ? WHERE camera_id = ? AND epoch = ?",
                [(head.seq, str(head.camera_id), str(head.epoch)) for head in heads],
            )

    def wanted(
        self, limit: int, *, newest_first: bool = False, without: Iterable[UUID] = ()
    ) -> list[StockedObject]:
        """Objects to hand over next: sealed, and their entry acknowledged.

        Inits come before segments, for no segment plays without its own.

        Args:
            limit: At most so many.
            newest_first: Order of segments by start.
            without: Ids the caller has in hand.
        """
        order = "DESC" if newest_first else "ASC"
        held = [str(object_id) for object_id in without]
        rows = self._file.rows(
            f"SELECT {_PREFIXED} FROM objects o JOIN chains c"  # noqa: S608 constants
            " ON c.camera_id = o.camera_id AND c.epoch = o.epoch"
            f" WHERE o.state = ? AND o.seq <= c.sent_seq"
            f" AND o.object_id NOT IN ({_marks(held)})"
            f" ORDER BY o.kind, o.start_us {order} LIMIT ?",
            (ObjectState.SEALED, *held, limit),
        )
        return [self._object(row) for row in rows]

    def mark_stored(self, object_ids: Iterable[UUID]) -> None:
        """The archive has these bytes durable and committed: they may be evicted."""
        self._move(object_ids, ObjectState.STORED)

    def mark_refused(self, object_ids: Iterable[UUID]) -> None:
        """The archive holds other bytes under these ids: keep them for ever."""
        self._move(object_ids, ObjectState.REFUSED)

    def backlog(self) -> Backlog:
        """What is still owed to the archive."""
        ((media_us, size_bytes, segments),) = self._file.rows(
            "SELECT sum(media_us), sum(size_bytes), count(*) FROM objects"
            " WHERE state = ? AND kind = ?",
            (ObjectState.SEALED, ObjectKind.SEGMENT),
        )
        ((unsent,),) = self._file.rows(
            "SELECT count(*) FROM chains c CROSS JOIN lines l ON c.camera_id = l.camera_id"
            " AND c.epoch = l.epoch WHERE l.seq > c.sent_seq"
        )
        return Backlog(
            media_s=(media_us or 0) / 1e6,
            size_bytes=size_bytes or 0,
            segments=segments,
            unsent_lines=unsent,
        )

    # What the disk policy and recovery read and move.

    def oldest_segments(
        self, state: ObjectState, limit: int, *, cameras: Iterable[UUID] | None = None
    ) -> list[StockedObject]:
        """The oldest segments in a state, oldest first.

        Args:
            state: Of each.
            limit: At most so many.
            cameras: Of these alone; None: of all that ever recorded here.
        """
        among = None if cameras is None else [str(camera_id) for camera_id in cameras]
        rows = self._file.rows(
            f"SELECT {_COLUMNS} FROM objects WHERE state = ? AND kind = ?"  # noqa: S608 constants
            f"{'' if among is None else f' AND camera_id IN ({_marks(among)})'}"
            " ORDER BY start_us LIMIT ?",
            (state, ObjectKind.SEGMENT, *(among or ()), limit),
        )
        return [self._object(row) for row in rows]

    def objects_of(self, camera_id: UUID, state: ObjectState) -> list[StockedObject]:
        """Everything of a camera in a state."""
        rows = self._file.rows(
            f"SELECT {_COLUMNS} FROM objects WHERE camera_id = ? AND state = ?",  # noqa: S608 constants
            (str(camera_id), state),
        )
        return [self._object(row) for row in rows]

    def mark_evicted(self, object_ids: Iterable[UUID]) -> None:
        """Their files were deleted here to make room."""
        self._move(object_ids, ObjectState.EVICTED)

    def mark_lost(self, object_ids: Iterable[UUID]) -> None:
        """Their files vanished without our doing."""
        self._move(object_ids, ObjectState.LOST)

    def _move(self, object_ids: Iterable[UUID], state: ObjectState) -> None:
        later = list(ObjectState)[list(ObjectState).index(state) :]
        with self._file.transaction() as tables:
            tables.executemany(
                "UPDATE objects SET state = ? WHERE object_id = ?"  # noqa: S608 question marks
                f" AND state NOT IN ({_marks(later)})",
                [(state, str(object_id), *later) for object_id in object_ids],
            )

    def _row(self, stocked: StockedObject) -> Row:
        return (
            stocked.kind,
            str(stocked.camera_id),
            str(stocked.object_id),
            str(stocked.path.relative_to(self._root)),
            stocked.sha256,
            stocked.size_bytes,
            (stocked.start_utc - _EPOCH) // _MICROSECOND,
            stocked.media_duration // _MICROSECOND,
        )

    def _object(self, row: Row) -> StockedObject:
        return StockedObject(
            kind=ObjectKind(row[0]),
            camera_id=UUID(row[1]),
            object_id=UUID(row[2]),
            path=self._root / row[3],
            sha256=row[4],
            size_bytes=row[5],
            start_utc=_EPOCH + row[6] * _MICROSECOND,
            media_duration=row[7] * _MICROSECOND,
        )


def _marks(values: Sequence[str]) -> str:
    """A question mark for each value."""
    return ",".join("?" * len(values))
