"""Which objects the index says there are, camera by camera."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from storage.index.footage_tables import GapRow, RunRow, SegmentRow
from storage.intake.rows import SegmentState
from storage.objects.keys import FootageKey, KeyKind, gap_key


class Presence(Enum):
    """Whether an object must be there."""

    REQUIRED = auto()
    AWAITED = auto()
    """Announced: it may be on its way."""
    FORBIDDEN = auto()
    """Expired: its bytes must be gone."""


_Columns = Row[*tuple[Any, ...]]
_SEGMENTS: Select[*tuple[Any, ...]] = select(
    SegmentRow.object_key, SegmentRow.state, SegmentRow.size_bytes, SegmentRow.sha256
)
_RUNS: Select[*tuple[Any, ...]] = select(
    RunRow.object_key, RunRow.init_stored_utc, RunRow.init_size_bytes, RunRow.init_sha256
)
_GAPS: Select[*tuple[Any, ...]] = select(GapRow.camera_id, GapRow.start_utc, GapRow.gap_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedObject:
    """One object, as the index has it."""

    key: str
    presence: Presence
    size_bytes: int | None = None
    """None: the index does not know."""
    sha256: str | None = None


_PRESENCE = {
    SegmentState.STORED: Presence.REQUIRED,
    SegmentState.WITHHELD: Presence.REQUIRED,
    SegmentState.ANNOUNCED: Presence.AWAITED,
    SegmentState.LOST: Presence.AWAITED,
    SegmentState.EXPIRED: Presence.FORBIDDEN,
}


def expected_objects(session: Session, camera_id: UUID) -> dict[str, ExpectedObject]:
    """All objects of a camera by their keys; some ten thousand for a polling day."""
    segments = session.execute(_SEGMENTS.where(SegmentRow.camera_id == camera_id))
    runs = session.execute(_RUNS.where(RunRow.camera_id == camera_id))
    gaps = session.execute(_GAPS.where(GapRow.camera_id == camera_id))
    found = [*map(_of_segment, segments), *map(_of_run, runs), *map(_of_gap, gaps)]
    return {item.key: item for item in found}


def expected_object(session: Session, key: FootageKey) -> ExpectedObject | None:
    """What the index says of one object now; None: it knows of none."""
    match key.kind:
        case KeyKind.SEGMENT:
            query, of_row = _SEGMENTS.where(SegmentRow.segment_id == key.object_id), _of_segment
        case KeyKind.INIT:
            query, of_row = _RUNS.where(RunRow.run_id == key.object_id), _of_run
        case KeyKind.GAP:
            query, of_row = _GAPS.where(GapRow.gap_id == key.object_id), _of_gap
    row = session.execute(query).first()
    found = of_row(row) if row else None
    return found if found and found.key == str(key) else None


def cameras_with_footage(session: Session) -> list[UUID]:
    """Every camera the index has footage or gaps of."""
    found: set[UUID] = set()
    for table in (SegmentRow, RunRow, GapRow):
        found.update(session.scalars(select(table.camera_id).distinct()))
    return sorted(found, key=str)


def _of_segment(row: _Columns) -> ExpectedObject:
    return ExpectedObject(
        key=row.object_key,
        presence=_PRESENCE[SegmentState(row.state)],
        size_bytes=row.size_bytes,
        sha256=row.sha256,
    )


def _of_run(row: _Columns) -> ExpectedObject:
    return ExpectedObject(
        key=row.object_key,
        presence=Presence.REQUIRED if row.init_stored_utc else Presence.AWAITED,
        size_bytes=row.init_size_bytes,
        sha256=row.init_sha256,
    )


def _of_gap(row: _Columns) -> ExpectedObject:
    key = gap_key(row.camera_id, row.start_utc, row.gap_id)
    return ExpectedObject(key=key, presence=Presence.REQUIRED)
