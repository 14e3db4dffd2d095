"""What the archive knows of a camera's segments and gaps in a range, as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from core.footage import LONGEST_SEGMENT, GapCause, SegmentEnd
from core.timerange import TimeRange
from storage.index.footage_tables import GapRow, RunRow, SegmentRow
from storage.intake.rows import SegmentState

_MARGIN = timedelta(seconds=1)
"""Neighbours just outside a range are needed to judge the seams at its edges."""

_MAX_LEAD = 64
"""Segments; a camera that sends no keyframe for longer than that cannot be helped."""
_COLUMNS = select(
    SegmentRow.segment_id,
    SegmentRow.run_id,
    SegmentRow.number,
    SegmentRow.start_utc,
    SegmentRow.end_utc,
    SegmentRow.frame_count,
    SegmentRow.size_bytes,
    SegmentRow.sha256,
    SegmentRow.object_key,
    SegmentRow.end,
    SegmentRow.state,
    SegmentRow.announced_utc,
    SegmentRow.stored_utc,
    RunRow.init_stored_utc,
).join(RunRow, RunRow.run_id == SegmentRow.run_id, isouter=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A segment as the index has it."""

    segment_id: UUID
    run_id: UUID
    number: int
    range: TimeRange
    frame_count: int
    size_bytes: int
    sha256: str
    object_key: str
    end: SegmentEnd
    state: SegmentState
    announced_utc: datetime
    stored_utc: datetime | None
    init_stored_utc: datetime | None
    """When its run's init was stored: without it nothing plays."""

    @property
    def playable_since_utc(self) -> datetime | None:
        """When both its bytes and its init were there; None: not (or no longer) playable."""
        if self.state is not SegmentState.STORED or not self.stored_utc or not self.init_stored_utc:
            return None
        return max(self.stored_utc, self.init_stored_utc)

    @property
    def frame_duration(self) -> timedelta:
        """Mean over its frames."""
        return self.range.duration / self.frame_count


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGap:
    """A gap as the index has it."""

    gap_id: UUID
    range: TimeRange
    cause: GapCause
    said_by: str


def load_holdings(session: Session, camera_id: UUID, wanted: TimeRange) -> list[Holding]:
    """All segments that share time with the range, and up to a second around it.

    Runs follow one another by their first segment, segments of a run by their number: a clock
    that stepped back makes two runs share wall time, and interleaving them would play neither.
    """
    rows = session.execute(
        _COLUMNS.where(
            SegmentRow.camera_id == camera_id,
            SegmentRow.start_utc < wanted.end_utc + _MARGIN,
            SegmentRow.start_utc > wanted.start_utc - _MARGIN - LONGEST_SEGMENT,
            SegmentRow.end_utc > wanted.start_utc - _MARGIN,
        ).order_by(SegmentRow.start_utc, SegmentRow.segment_id)
    )
    return by_run([_holding(row) for row in rows])


def load_decodable(session: Session, camera_id: UUID, wanted: TimeRange) -> list[Holding]:
    """The segments that share time with the range, and before them what their decoding needs.

    A segment behind an overlong one does not begin on a keyframe: whoever plays it begins
    with the one before.
    """
    holdings = [h for h in load_holdings(session, camera_id, wanted) if h.range.overlaps(wanted)]
    for _ in range(_MAX_LEAD):
        before = _predecessor(session, holdings[0]) if holdings else None
        if before is None or before.end is not SegmentEnd.OVERLONG:
            break
        holdings.insert(0, before)
    return holdings


def _predecessor(session: Session, holding: Holding) -> Holding | None:
    row = session.execute(
        _COLUMNS.where(
            SegmentRow.run_id == holding.run_id, SegmentRow.number == holding.number - 1
        ).limit(1)
    ).first()
    return _holding(row) if row else None


def _holding(row: Row[*tuple[Any, ...]]) -> Holding:
    return Holding(
        segment_id=row.segment_id,
        run_id=row.run_id,
        number=row.number,
        range=TimeRange(row.start_utc, row.end_utc),
        frame_count=row.frame_count,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        object_key=row.object_key,
        end=SegmentEnd(row.end),
        state=SegmentState(row.state),
        announced_utc=row.announced_utc,
        stored_utc=row.stored_utc,
        init_stored_utc=row.init_stored_utc,
    )


def by_run(holdings: list[Holding]) -> list[Holding]:
    """The same segments, runs in the order of their first one, each run by number."""
    place: dict[UUID, int] = {}
    for holding in holdings:
        place.setdefault(holding.run_id, len(place))
    return sorted(holdings, key=lambda h: (place[h.run_id], h.number))


def load_gaps(session: Session, camera_id: UUID, wanted: TimeRange) -> list[KnownGap]:
    """All gaps that share time with the range, or touch it, in the order of their starts."""
    rows = session.scalars(
        select(GapRow)
        .where(
            GapRow.camera_id == camera_id,
            GapRow.start_utc < wanted.end_utc + _MARGIN,
            GapRow.end_utc > wanted.start_utc - _MARGIN,
        )
        .order_by(GapRow.start_utc, GapRow.gap_id)
    )
    return [
        KnownGap(
            gap_id=row.gap_id,
            range=TimeRange(row.start_utc, row.end_utc),
            cause=GapCause(row.cause),
            said_by=row.said_by,
        )
        for row in rows
    ]
