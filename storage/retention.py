"""Deletes footage that is past its time, and leaves a record of every stretch it deletes.

Order: the record durable as an object, then gap rows and states committed, then the bytes
deleted, then the deletion noted. A crash between any two leaves a state the next run finishes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from core.clock import Clock
from core.footage import Gap, GapCause
from core.station import StationMode
from core.timerange import TimeRange
from storage.archive_gap import keep_archive_gap
from storage.expiry import (
    ExpiredStretch,
    RetentionPolicy,
    StoredSegment,
    check_share,
    is_due,
    stretches_of,
)
from storage.hold_check import check_holds_known
from storage.hold_record import keep_holds
from storage.holds import covers_any, standing_scopes
from storage.identity import check_archive, lock_archive
from storage.index.failures import named_failures
from storage.index.footage_tables import EntryRow, GapRow, SegmentRow
from storage.index.registry_tables import CameraRow, StationRow
from storage.intake.rows import SegmentState, gap_row
from storage.objects.port import ObjectStore

_BATCH_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraExpiry:
    """What goes of one camera."""

    camera_id: UUID
    range: TimeRange
    """From the first segment's start to the last one's end; not all between need go."""
    segment_count: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """What a run would do, or did."""

    cameras: tuple[CameraExpiry, ...]
    stored_count: int
    """Stored segments before the run."""
    unfinished_count: int
    """Deletions an earlier run had begun."""

    @property
    def segment_count(self) -> int:
        """Segments that go."""
        return sum(camera.segment_count for camera in self.cameras)


class Retention:
    """Applies a policy to an archive.

    Args:
        sessions: For the index.
        store: The store this index speaks of; any other is refused.
        clock: The centre's time.
        policy: How long what is kept.
        on_progress: Told how many cameras are done, of how many.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        clock: Clock,
        policy: RetentionPolicy,
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._policy = policy
        self._on_progress = on_progress

    def plan(self) -> RetentionReport:
        """What a run would do now.

        Raises:
            WrongStoreError: Not the store this index speaks of.
            UnknownHoldError: The index was restored and does not know every hold yet.
            MassDeletionError: It would be too much.
        """
        with named_failures(), self._sessions() as session:
            check_archive(session, self._store)
            check_holds_known(self._sessions, self._store)
            stored_count = _count_stored(session)
            expiries = [
                expiry
                for camera_id in _cameras(session)
                if (expiry := _summary(camera_id, self._due(session, camera_id)))
            ]
            check_share(sum(e.segment_count for e in expiries), stored_count, self._policy)
            return RetentionReport(
                cameras=tuple(expiries),
                stored_count=stored_count,
                unfinished_count=len(_unfinished(session)),
            )

    def run(self) -> RetentionReport:
        """Delete what is due, camera by camera.

        Raises:
            WrongStoreError: Not the store this index speaks of; nothing was deleted.
            UnknownHoldError: The index does not know every hold yet; nothing was deleted.
            MassDeletionError: It would be too much; nothing was deleted.
        """
        report = self.plan()
        with named_failures():
            with self._sessions() as session:
                keep_holds(session, self._store)  # what goes, goes by holds that are on record
                unfinished = _unfinished(session)
            self._delete(unfinished)
            for number, expiry in enumerate(report.cameras, 1):
                self._expire_camera(expiry.camera_id)
                self._on_progress(number, len(report.cameras))
        return report

    def _expire_camera(self, camera_id: UUID) -> None:
        with self._sessions() as session:
            stretches = stretches_of(self._due(session, camera_id))
        for stretch in stretches:
            if self._record(stretch):
                self._delete([(s.segment_id, s.object_key) for s in stretch.segments])

    def _due(self, session: Session, camera_id: UUID) -> list[StoredSegment]:
        holds, now_utc = standing_scopes(session), self._clock.utc()
        stored = _stored(session, camera_id)
        return [s for s in stored if is_due(s, holds, self._policy, now_utc)]

    def _record(self, stretch: ExpiredStretch) -> bool:
        """Commit that a stretch has expired; False: something has changed, leave it alone."""
        gap = Gap(
            gap_id=stretch.gap_id,
            camera_id=stretch.segments[0].camera_id,
            range=stretch.range,
            cause=GapCause.EXPIRED,
            said_by="archive",
        )
        now_utc = self._clock.utc()
        with self._sessions.begin() as session:
            lock_archive(session)  # a hold placed from here on finds the footage gone or whole
            holds = standing_scopes(session)
            if not all(is_due(s, holds, self._policy, now_utc) for s in stretch.segments):
                return False
            if not _mark_expired(session, stretch):
                session.rollback()
                return False
            keep_archive_gap(self._store, gap, _lines(session, stretch))
            if session.get(GapRow, gap.gap_id) is None:
                session.add(gap_row(gap, None, now_utc))
        return True

    def _delete(self, segments: Sequence[tuple[UUID, str]]) -> None:
        for _, key in segments:
            self._store.delete(key)
        ids = [segment_id for segment_id, _ in segments]
        for start in range(0, len(ids), _BATCH_ROWS):
            with self._sessions.begin() as session:
                session.execute(
                    update(SegmentRow)
                    .where(SegmentRow.segment_id.in_(ids[start : start + _BATCH_ROWS]))
                    .values(deleted_utc=self._clock.utc())
                )


def _cameras(session: Session) -> Sequence[UUID]:
    return session.scalars(select(CameraRow.camera_id).order_by(CameraRow.camera_id)).all()


def _summary(camera_id: UUID, due: Sequence[StoredSegment]) -> CameraExpiry | None:
    if not due:
        return None
    return CameraExpiry(
        camera_id=camera_id,
        range=TimeRange(min(s.range.start_utc for s in due), max(s.range.end_utc for s in due)),
        segment_count=len(due),
        size_bytes=sum(s.size_bytes for s in due),
    )


def _stored(session: Session, camera_id: UUID) -> Iterator[StoredSegment]:
    rows = session.execute(
        select(SegmentRow, CameraRow.station_id, StationRow.mode)
        .join(CameraRow, CameraRow.camera_id == SegmentRow.camera_id)
        .join(StationRow, StationRow.station_id == CameraRow.station_id)
        .where(SegmentRow.camera_id == camera_id, SegmentRow.state == SegmentState.STORED.value)
    )
    for row, station_id, mode in rows:
        yield StoredSegment(
            segment_id=row.segment_id,
            run_id=row.run_id,
            number=row.number,
            station_id=station_id,
            camera_id=row.camera_id,
            mode=StationMode(mode),
            range=TimeRange(row.start_utc, row.end_utc),
            size_bytes=row.size_bytes,
            object_key=row.object_key,
        )


def _count_stored(session: Session) -> int:
    is_stored = SegmentRow.state == SegmentState.STORED.value
    return session.execute(
        select(func.count()).select_from(SegmentRow).where(is_stored)
    ).scalar_one()


def _unfinished(session: Session) -> list[tuple[UUID, str]]:
    """Deletions that were begun; what a hold covers by now stays as the crash left it."""
    holds = standing_scopes(session)
    rows = session.execute(
        select(SegmentRow, CameraRow.station_id)
        .join(CameraRow, CameraRow.camera_id == SegmentRow.camera_id)
        .where(SegmentRow.state == SegmentState.EXPIRED.value, SegmentRow.deleted_utc.is_(None))
    )
    return [
        (row.segment_id, row.object_key)
        for row, station_id in rows
        if not covers_any(holds, station_id, row.camera_id, TimeRange(row.start_utc, row.end_utc))
    ]


def _mark_expired(session: Session, stretch: ExpiredStretch) -> bool:
    marked = session.execute(
        update(SegmentRow)
        .where(
            SegmentRow.segment_id.in_([s.segment_id for s in stretch.segments]),
            SegmentRow.state == SegmentState.STORED.value,
        )
        .values(state=SegmentState.EXPIRED.value)
        .returning(SegmentRow.segment_id)
    )
    return len(marked.all()) == len(stretch.segments)


def _lines(session: Session, stretch: ExpiredStretch) -> list[str]:
    rows = session.execute(
        select(EntryRow.line)
        .join(
            SegmentRow,
            (SegmentRow.camera_id == EntryRow.camera_id)
            & (SegmentRow.epoch == EntryRow.epoch)
            & (SegmentRow.seq == EntryRow.seq),
        )
        .where(SegmentRow.segment_id.in_([s.segment_id for s in stretch.segments]))
        .order_by(EntryRow.epoch, EntryRow.seq)
    )
    return [line for (line,) in rows]
