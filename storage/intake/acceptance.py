"""Takes the lines of one request into the index, in one transaction."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.footage import Gap, Run, Segment
from core.wire.upload import EntriesReply
from evidence.entry import Entry, read_entry
from evidence.errors import EntryError
from evidence.statements import statement_of
from storage.intake.chain import Chain, Standing, lock_chain
from storage.intake.known import (
    KnownRows,
    add_gap,
    add_run,
    add_segment,
    contradicts,
    gap_conflict,
)
from storage.intake.reading import ReadLine, Refusal
from storage.intake.rows import entry_row
from storage.objects.keys import gap_key, kept_line, line_metadata
from storage.objects.port import ObjectExistsError, ObjectPromise, ObjectStore


class Acceptance:
    """One request's lines on their way in.

    Args:
        session: In a transaction; the caller commits.
        store: Gap entries are kept as objects too, so that they survive the index.
        now_utc: When the lines arrived.
    """

    def __init__(self, session: Session, store: ObjectStore, now_utc: datetime) -> None:
        self._session = session
        self._store = store
        self._now_utc = now_utc
        self._known = KnownRows(session)
        self._chains: dict[tuple[UUID, UUID], Chain] = {}
        self.refusals: list[tuple[Entry | None, Refusal]] = []
        """What was refused, with its entry where it is one of the device's."""

    def take(self, read: Sequence[ReadLine | Refusal]) -> EntriesReply:
        """Accept what can be accepted and answer for every chain that was touched."""
        lines = [item for item in read if isinstance(item, ReadLine)]
        self._lock([line.entry for line in lines])
        self._known.look_up([line.statement for line in lines])
        for item in read:
            if isinstance(item, Refusal):
                self.refusals.append((None, item))
            else:
                self._take_one(item)
        return EntriesReply(
            heads=tuple(chain.head for chain in self._chains.values()),
            refused=tuple(refusal.sentence for _, refusal in self.refusals),
        )

    def _lock(self, entries: Sequence[Entry]) -> None:
        chains: dict[tuple[UUID, UUID], list[Entry]] = {}
        for entry in entries:
            chains.setdefault((entry.camera_id, entry.epoch), []).append(entry)
        for camera_id, epoch in sorted(chains):  # one order for all: nobody waits in a circle
            its = chains[camera_id, epoch]
            seqs = {entry.seq for entry in its}
            self._chains[camera_id, epoch] = lock_chain(
                self._session, camera_id, epoch, its[-1].device_id, seqs
            )

    def _take_one(self, item: ReadLine) -> None:
        chain = self._chains[item.entry.camera_id, item.entry.epoch]
        if chain.is_blocked:
            return
        match chain.standing(item.entry):
            case Standing.FORK:
                self._refuse(chain, item.entry, _fork(item.entry))
            case Standing.NEXT:
                self._extend(chain, item)
            case Standing.KNOWN | Standing.EARLY:
                pass

    def _extend(self, chain: Chain, item: ReadLine) -> None:
        refusal = self._apply(item)
        if refusal is not None:
            self._refuse(chain, item.entry, refusal)
            return
        if not chain.is_held(item.entry):
            self._session.add(entry_row(item.entry, self._now_utc))
        chain.extend(item.entry)

    def _apply(self, item: ReadLine) -> Refusal | None:
        match item.statement:
            case Run() as run:
                return add_run(self._known, run, item.entry)
            case Segment() as segment:
                return add_segment(self._known, segment, item.entry, self._now_utc)
            case Gap() as gap:
                # Its object before its row: what is refused has changed nothing.
                refusal = contradicts(self._known, gap) or keep_gap_line(
                    self._store, gap, item.entry.line
                )
                if refusal is None:
                    add_gap(self._known, gap, item.entry, self._now_utc)
                return refusal
            case None:
                return None

    def _refuse(self, chain: Chain, entry: Entry, refusal: Refusal) -> None:
        chain.is_blocked = True
        self.refusals.append((entry, refusal))


def keep_gap_line(store: ObjectStore, gap: Gap, line: str) -> Refusal | None:
    """Put the statement of a gap where reindexing finds it.

    Repeating it is fine, in another line as well: a device that lost its journal states in a new
    chain what it stated before, and the first line stays.
    """
    key = gap_key(gap.camera_id, gap.range.start_utc, gap.gap_id)
    content = line.encode()
    promise = ObjectPromise(
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        metadata=line_metadata(line),
    )
    try:
        store.put(key, [content], promise)
    except ObjectExistsError:
        kept = kept_line(store.stat(key).metadata)
        return None if kept is not None and _states(kept, gap) else gap_conflict(gap)
    return None


def _states(line: str, gap: Gap) -> bool:
    try:
        return statement_of(read_entry(line)) == gap
    except EntryError:
        return False


def _fork(entry: Entry) -> Refusal:
    return Refusal(
        sentence=f"entry {entry.seq} of camera {entry.camera_id} contradicts the chain "
        "the archive holds",
        incident="chain_fork",
    )
