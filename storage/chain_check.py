"""Holds every chain to itself and, when it reads deeply, to its devices' keys and to its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from evidence.chain import check_follows
from evidence.entry import Entry, read_entry
from evidence.errors import EntryError, EntryFormatError
from evidence.statements import statement_of
from storage.device_keys import DeviceKeys
from storage.findings import Finding, FindingKind
from storage.index.footage_tables import ChainRow, EntryRow
from storage.stated_rows import row_faults

_BATCH_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainName:
    """Which chain, and how far it says that it reaches without a hole."""

    camera_id: UUID
    epoch: UUID
    head_seq: int | None
    """None: entries are there and the row of the chain is not."""

    def finding(self, detail: str) -> Finding:
        """What is wrong with it."""
        subject = f"camera {self.camera_id} epoch {self.epoch}"
        return Finding(kind=FindingKind.BROKEN_CHAIN, subject=subject, detail=detail)


def load_chains(session: Session, *, with_headless: bool) -> list[ChainName]:
    """All chains, in the order of their ids; finding those without a head reads every entry."""
    rows = session.execute(select(ChainRow.camera_id, ChainRow.epoch, ChainRow.seq))
    chains = [ChainName(camera_id=c, epoch=e, head_seq=s) for c, e, s in rows]
    if with_headless:
        chains += [
            ChainName(camera_id=c, epoch=e, head_seq=None) for c, e in session.execute(_HEADLESS)
        ]
    return sorted(chains, key=lambda chain: (str(chain.camera_id), str(chain.epoch)))


_HEADLESS = (
    select(EntryRow.camera_id, EntryRow.epoch)
    .outerjoin(
        ChainRow, and_(ChainRow.camera_id == EntryRow.camera_id, ChainRow.epoch == EntryRow.epoch)
    )
    .where(ChainRow.seq.is_(None))
    .distinct()
)


def chain_findings(
    session: Session, chain: ChainName, keys: DeviceKeys | None
) -> Iterator[Finding]:
    """What is wrong with a chain; its first fault ends the walk along it.

    Args:
        session: For reading.
        chain: Which.
        keys: Given, signatures are checked and rows held to what was signed, and what stands
            behind a hole is looked at, too.
    """
    if chain.head_seq is None:
        yield chain.finding("there are entries and it has no head")
        return
    before: Entry | None = None
    try:
        for batch in _batches(session, chain, all_of_it=keys is not None):
            entries = [_read(row) for row in batch]
            for entry in entries:
                if entry.seq <= chain.head_seq:
                    check_follows(entry, before)
                    before = entry
                if keys is not None:
                    keys.check(entry)
            if keys is not None:
                yield from _row_findings(session, entries)
    except EntryError as error:
        yield chain.finding(str(error))
        return
    held = before.seq if before else -1
    if held != chain.head_seq:
        yield chain.finding(f"it should reach entry {chain.head_seq} and ends at {held}")


def _batches(
    session: Session, chain: ChainName, *, all_of_it: bool
) -> Iterator[Sequence[EntryRow]]:
    """The rows in order, a bounded number at a time; nothing stays open between two batches."""
    last_seq = -1
    while True:
        query = _following(chain, last_seq)
        if not all_of_it:
            query = query.where(EntryRow.seq <= chain.head_seq)
        batch = session.scalars(query).all()
        if not batch:
            return
        last_seq = batch[-1].seq
        yield batch
        session.expunge_all()


def _following(chain: ChainName, seq: int) -> Select[EntryRow]:
    its = (EntryRow.camera_id == chain.camera_id, EntryRow.epoch == chain.epoch)
    return (
        select(EntryRow).where(*its, EntryRow.seq > seq).order_by(EntryRow.seq).limit(_BATCH_ROWS)
    )


def _read(row: EntryRow) -> Entry:
    entry = read_entry(row.line)
    if entry.sha256 != row.sha256:
        raise EntryFormatError(f"entry {row.seq} is not the line that was accepted")
    filed = (row.camera_id, row.epoch, row.seq, row.device_id, row.kind)
    if filed != (entry.camera_id, entry.epoch, entry.seq, entry.device_id, entry.kind.value):
        raise EntryFormatError(f"the line filed as entry {row.seq} is another one")
    return entry


def _row_findings(session: Session, entries: Sequence[Entry]) -> Iterator[Finding]:
    stated = [(entry, statement_of(entry)) for entry in entries]
    for entry, fault in row_faults(session, stated):
        subject = f"camera {entry.camera_id} epoch {entry.epoch} entry {entry.seq}"
        yield Finding(kind=FindingKind.WRONG_ROW, subject=subject, detail=fault)
