"""The last step before a device may evict: read the bytes back, then commit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Update, and_, bindparam, select, update
from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.wire.upload import ConfirmState, ObjectKind
from storage.index.footage_tables import EntryRow, RunRow, SegmentRow
from storage.intake.rows import SegmentState
from storage.objects.checked import digest_of
from storage.objects.keys import aside_key, kept_line, line_metadata
from storage.objects.port import ObjectMissingError, ObjectPromise, ObjectStore

_AWAITED = (SegmentState.ANNOUNCED.value, SegmentState.LOST.value)
"""States a segment can become stored from. What was given up as lost may still turn up."""

_SEGMENTS = (
    select(SegmentRow, EntryRow.line)
    .join(
        EntryRow,
        and_(
            EntryRow.camera_id == SegmentRow.camera_id,
            EntryRow.epoch == SegmentRow.epoch,
            EntryRow.seq == SegmentRow.seq,
        ),
    )
    .where(SegmentRow.segment_id.in_(bindparam("ids", expanding=True)))
)
_RUNS = (
    select(RunRow, EntryRow.line)
    .join(
        EntryRow,
        and_(
            EntryRow.camera_id == RunRow.camera_id,
            EntryRow.epoch == RunRow.epoch,
            EntryRow.seq == RunRow.seq,
        ),
    )
    .where(RunRow.run_id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedObject:
    """An announced object, as the index has it."""

    kind: ObjectKind
    object_id: UUID
    camera_id: UUID
    device_id: UUID
    key: str
    promise: ObjectPromise
    is_stored: bool
    """Was committed as stored, whatever became of it since."""


def find_awaited(
    session: Session, kind: ObjectKind, object_ids: Collection[UUID]
) -> Mapping[UUID, AwaitedObject]:
    """What entries announced under these ids, read at once; others are left out."""
    if not object_ids:
        return {}
    if kind is ObjectKind.SEGMENT:
        segments = session.execute(_SEGMENTS, {"ids": object_ids})
        return {row.segment_id: _of_segment(row, line) for row, line in segments}
    runs = session.execute(_RUNS, {"ids": object_ids})
    return {row.run_id: _of_run(row, line) for row, line in runs}


def _of_segment(row: SegmentRow, line: str) -> AwaitedObject:
    return AwaitedObject(
        kind=ObjectKind.SEGMENT,
        object_id=row.segment_id,
        camera_id=row.camera_id,
        device_id=row.device_id,
        key=row.object_key,
        promise=ObjectPromise(
            size_bytes=row.size_bytes, sha256=row.sha256, metadata=line_metadata(line)
        ),
        is_stored=row.state not in _AWAITED,
    )


def _of_run(row: RunRow, line: str) -> AwaitedObject:
    return AwaitedObject(
        kind=ObjectKind.INIT,
        object_id=row.run_id,
        camera_id=row.camera_id,
        device_id=row.device_id,
        key=row.object_key,
        promise=ObjectPromise(
            size_bytes=row.init_size_bytes, sha256=row.init_sha256, metadata=line_metadata(line)
        ),
        is_stored=row.init_stored_utc is not None,
    )


class Settler:
    """Decides what an announced object is, from its bytes.

    Hashing happens outside any transaction; the commit is one short one.
    """

    def __init__(self, sessions: sessionmaker[Session], store: ObjectStore, clock: Clock) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock

    def settle(self, awaited: Sequence[AwaitedObject]) -> list[ConfirmState]:
        """Check objects and commit those that are right as stored, all in one transaction.

        What is not what it must be is set aside. One answer each, in the same order.
        """
        states = [self._judge(one) for one in awaited]
        stored = ConfirmState.STORED
        self._commit(
            [
                one
                for one, state in zip(awaited, states, strict=True)
                if state is stored and not one.is_stored
            ]
        )
        return states

    def _judge(self, awaited: AwaitedObject) -> ConfirmState:
        if awaited.is_stored:
            return ConfirmState.STORED
        try:
            if self._is_right(awaited.key, awaited.promise):
                return ConfirmState.STORED
            return self._set_aside(awaited)
        except ObjectMissingError:  # never came, or another call has just set it aside
            return ConfirmState.MISSING

    def _set_aside(self, awaited: AwaitedObject) -> ConfirmState:
        """Judge once more while nobody else can, and move away what is wrong.

        Another call may have moved it meanwhile, and the device put what is right in its place.
        """
        with self._sessions.begin() as session:
            session.execute(_locked(awaited))
            if self._is_right(awaited.key, awaited.promise):
                return ConfirmState.STORED
            self._store.move(awaited.key, aside_key(awaited.key, uuid4()))
            return ConfirmState.DAMAGED

    def _is_right(self, key: str, promise: ObjectPromise) -> bool:
        stat = self._store.stat(key)
        if stat.size_bytes != promise.size_bytes:
            return False
        if kept_line(stat.metadata) != kept_line(promise.metadata):
            return False  # it could not be found again without the index
        return digest_of(self._store.get(key)) == (promise.size_bytes, promise.sha256)

    def _commit(self, checked: Sequence[AwaitedObject]) -> None:
        if not checked:
            return
        inits = [one.object_id for one in checked if one.kind is ObjectKind.INIT]
        segments = [one.object_id for one in checked if one.kind is ObjectKind.SEGMENT]
        now_utc = self._clock.utc()
        with self._sessions.begin() as session:
            if inits:
                session.execute(_init_stored(inits, now_utc))
            if segments:
                session.execute(_segments_stored(segments, now_utc))


def _locked(awaited: AwaitedObject) -> Update:
    """Changes nothing, and lets nobody else change its row until the transaction is over."""
    if awaited.kind is ObjectKind.SEGMENT:
        segment = SegmentRow.segment_id == awaited.object_id
        return update(SegmentRow).where(segment).values(size_bytes=SegmentRow.size_bytes)
    run = RunRow.run_id == awaited.object_id
    return update(RunRow).where(run).values(init_size_bytes=RunRow.init_size_bytes)


def _init_stored(run_ids: Collection[UUID], now_utc: datetime) -> Update:
    return (
        update(RunRow)
        .where(RunRow.run_id.in_(run_ids), RunRow.init_stored_utc.is_(None))
        .values(init_stored_utc=now_utc)
        .execution_options(synchronize_session=False)
    )


def _segments_stored(segment_ids: Collection[UUID], now_utc: datetime) -> Update:
    return (
        update(SegmentRow)
        .where(SegmentRow.segment_id.in_(segment_ids), SegmentRow.state.in_(_AWAITED))
        .values(state=SegmentState.STORED.value, stored_utc=now_utc)
        .execution_options(synchronize_session=False)
    )
