"""The last step before a device may evict: read the bytes back, then commit."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import update
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


def find_awaited(session: Session, kind: ObjectKind, object_id: UUID) -> AwaitedObject | None:
    """What an entry announced under this id."""
    if kind is ObjectKind.SEGMENT:
        segment = session.get(SegmentRow, object_id)
        return _of_segment(segment, _line(session, segment)) if segment else None
    run = session.get(RunRow, object_id)
    return _of_run(run, _line(session, run)) if run else None


def _line(session: Session, row: SegmentRow | RunRow) -> str:
    return session.get_one(EntryRow, (row.camera_id, row.epoch, row.seq)).line


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

    def settle(self, awaited: AwaitedObject) -> ConfirmState:
        """Check an object and commit it as stored; set it aside if it is not what it must be."""
        if awaited.is_stored:
            return ConfirmState.STORED
        try:
            is_right = self._is_right(awaited.key, awaited.promise)
            if not is_right:
                self._store.move(awaited.key, aside_key(awaited.key, uuid4()))
        except ObjectMissingError:  # never came, or another call has just set it aside
            return ConfirmState.MISSING
        if not is_right:
            return ConfirmState.DAMAGED
        self._commit(awaited, self._clock.utc())
        return ConfirmState.STORED

    def _is_right(self, key: str, promise: ObjectPromise) -> bool:
        stat = self._store.stat(key)
        if stat.size_bytes != promise.size_bytes:
            return False
        if kept_line(stat.metadata) != kept_line(promise.metadata):
            return False  # it could not be found again without the index
        return digest_of(self._store.get(key)) == (promise.size_bytes, promise.sha256)

    def _commit(self, awaited: AwaitedObject, now_utc: datetime) -> None:
        with self._sessions.begin() as session:
            if awaited.kind is ObjectKind.INIT:
                session.execute(
                    update(RunRow)
                    .where(RunRow.run_id == awaited.object_id, RunRow.init_stored_utc.is_(None))
                    .values(init_stored_utc=now_utc)
                )
                return
            session.execute(
                update(SegmentRow)
                .where(SegmentRow.segment_id == awaited.object_id, SegmentRow.state.in_(_AWAITED))
                .values(state=SegmentState.STORED.value, stored_utc=now_utc)
            )
