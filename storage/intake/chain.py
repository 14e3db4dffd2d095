"""One chain as the archive holds it, locked while a request extends it."""

from collections.abc import Collection, Iterable
from enum import Enum, auto
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session

from core.wire.upload import ChainHead
from evidence.chain import check_follows
from evidence.entry import Entry, read_entry
from evidence.errors import ChainError
from storage.index.footage_tables import ChainRow, EntryRow


class Standing(Enum):
    """Where an entry stands to what is held."""

    NEXT = auto()
    """It extends the chain."""
    KNOWN = auto()
    """The same line is held."""
    EARLY = auto()
    """Entries before it are missing; it may come again behind them."""
    FORK = auto()
    """It contradicts what is held: two histories were signed."""


def standing_of(
    entry: Entry, head: Entry | None, held_sha256: str | None, next_prev: str | None
) -> Standing:
    """Judge an entry. Pure.

    Args:
        entry: Signature checked.
        head: The newest entry held without a hole before it; None: nothing yet.
        held_sha256: Digest of the line held under the entry's number, if any.
        next_prev: `prev` of the line held under the following number, if any.
    """
    if held_sha256 is not None and held_sha256 != entry.sha256:
        return Standing.FORK
    head_seq = head.seq if head else -1
    if entry.seq <= head_seq:
        return Standing.KNOWN
    if entry.seq > head_seq + 1:
        return Standing.EARLY
    return Standing.NEXT if _fits(entry, head, next_prev) else Standing.FORK


def _fits(entry: Entry, head: Entry | None, next_prev: str | None) -> bool:
    try:
        check_follows(entry, head)
    except ChainError:
        return False
    return next_prev is None or next_prev == entry.sha256


_LINES = select(EntryRow.seq, EntryRow.line).where(
    EntryRow.camera_id == bindparam("camera"),
    EntryRow.epoch == bindparam("chain"),
    EntryRow.seq.in_(bindparam("seqs", expanding=True)),
)


class Chain:
    """The working copy of a chain during one transaction.

    Args:
        session: In a transaction; the chain's row is locked by `lock_chain`.
        row: That row.
        expected: Numbers of the entries that will be asked for; they are read at once.
    """

    def __init__(self, session: Session, row: ChainRow, expected: Collection[int] = ()) -> None:
        self._session = session
        self._row = row
        self._read: dict[int, Entry | None] = {}
        """What stands under these numbers; None: nothing. Only we write while we hold the lock."""
        self._read_ahead({row.seq, *expected, *(seq + 1 for seq in expected)})
        self._head = self._held(row.seq)
        self.is_blocked = False
        """A line was refused: what stands behind it cannot be accepted either."""

    @property
    def head(self) -> ChainHead:
        """How far it reaches."""
        return ChainHead(camera_id=self._row.camera_id, epoch=self._row.epoch, seq=self._row.seq)

    def standing(self, entry: Entry) -> Standing:
        """Where the entry stands now."""
        held, following = self._held(entry.seq), self._held(entry.seq + 1)
        return standing_of(
            entry, self._head, held.sha256 if held else None, following.prev if following else None
        )

    def extend(self, entry: Entry) -> None:
        """Move the head to an entry whose standing is `NEXT` and whose row was added."""
        self._head = self._read[entry.seq] = entry
        self._row.seq = entry.seq
        self.settle()

    def settle(self) -> None:
        """Move the head over entries that are held behind it.

        There are some only in an index that was rebuilt from the objects, where a hole closes.
        """
        while (following := self._held(self._row.seq + 1)) and _fits(following, self._head, None):
            self._head = following
            self._row.seq = following.seq

    def is_held(self, entry: Entry) -> bool:
        """Whether a line stands under the entry's number."""
        return self._held(entry.seq) is not None

    def _held(self, seq: int) -> Entry | None:
        if seq not in self._read:
            self._read_ahead({seq})
        return self._read[seq]

    def _read_ahead(self, seqs: Collection[int]) -> None:
        row = self._row
        asked = {"camera": row.camera_id, "chain": row.epoch, "seqs": list(seqs)}
        lines = self._session.execute(_LINES, asked)
        found = {seq: read_entry(line) for seq, line in lines}
        self._read |= {seq: found.get(seq) for seq in seqs}


def lock_chain(
    session: Session,
    camera_id: UUID,
    epoch: UUID,
    device_id: UUID,
    expected: Collection[int] = (),
) -> Chain:
    """The chain, locked until the transaction ends; begun if it is new."""
    row = _locked(session, camera_id, epoch)
    if row is None:
        values = {"camera_id": camera_id, "epoch": epoch, "device_id": device_id, "seq": -1}
        if session.get_bind().dialect.name == "sqlite":
            session.execute(insert_on_sqlite(ChainRow).values(values).on_conflict_do_nothing())
        else:
            session.execute(insert_on_postgresql(ChainRow).values(values).on_conflict_do_nothing())
        row = _locked(session, camera_id, epoch)
    if row is None:
        raise LookupError(f"chain {epoch} of camera {camera_id} is gone as soon as it was begun")
    return Chain(session, row, expected)


def _locked(session: Session, camera_id: UUID, epoch: UUID) -> ChainRow | None:
    return session.scalars(
        update(ChainRow)
        .where(ChainRow.camera_id == camera_id, ChainRow.epoch == epoch)
        .values(lock_count=ChainRow.lock_count + 1)
        .returning(ChainRow)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()


def heads_of(session: Session, camera_ids: Iterable[UUID]) -> tuple[ChainHead, ...]:
    """The heads of all chains of these cameras."""
    rows = session.scalars(
        select(ChainRow)
        .where(ChainRow.camera_id.in_(list(camera_ids)))
        .order_by(ChainRow.camera_id, ChainRow.epoch)
    )
    return tuple(ChainHead(camera_id=r.camera_id, epoch=r.epoch, seq=r.seq) for r in rows)


def settle_heads(session: Session) -> None:
    """Find the head of every chain anew, from the entries that are held."""
    chains = select(EntryRow.camera_id, EntryRow.epoch, func.min(EntryRow.seq)).group_by(
        EntryRow.camera_id, EntryRow.epoch
    )
    for camera_id, epoch, first_seq in session.execute(chains).all():
        first = session.get_one(EntryRow, (camera_id, epoch, first_seq))
        lock_chain(session, camera_id, epoch, first.device_id).settle()
