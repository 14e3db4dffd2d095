"""Which objects the index says there are, camera by camera."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.index.footage_tables import GapRow, RunRow, SegmentRow
from storage.intake.rows import SegmentState
from storage.objects.keys import gap_key


class Presence(Enum):
    """Whether an object must be there."""

    REQUIRED = auto()
    AWAITED = auto()
    """Announced: it may be on its way."""
    FORBIDDEN = auto()
    """Expired: its bytes must be gone."""


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
    found = [
        *_segments(session, camera_id),
        *_inits(session, camera_id),
        *_gaps(session, camera_id),
    ]
    return {item.key: item for item in found}


def cameras_with_footage(session: Session) -> list[UUID]:
    """Every camera the index has footage or gaps of."""
    found: set[UUID] = set()
    for table in (SegmentRow, RunRow, GapRow):
        found.update(session.scalars(select(table.camera_id).distinct()))
    return sorted(found, key=str)


def _segments(session: Session, camera_id: UUID) -> Iterator[ExpectedObject]:
    rows = session.execute(
        select(
            SegmentRow.object_key, SegmentRow.state, SegmentRow.size_bytes, SegmentRow.sha256
        ).where(SegmentRow.camera_id == camera_id)
    )
    for key, state, size_bytes, sha256 in rows:
        presence = _PRESENCE[SegmentState(state)]
        yield ExpectedObject(key=key, presence=presence, size_bytes=size_bytes, sha256=sha256)


def _inits(session: Session, camera_id: UUID) -> Iterator[ExpectedObject]:
    for run in session.scalars(select(RunRow).where(RunRow.camera_id == camera_id)):
        yield ExpectedObject(
            key=run.object_key,
            presence=Presence.REQUIRED if run.init_stored_utc else Presence.AWAITED,
            size_bytes=run.init_size_bytes,
            sha256=run.init_sha256,
        )


def _gaps(session: Session, camera_id: UUID) -> Iterator[ExpectedObject]:
    rows = session.execute(
        select(GapRow.start_utc, GapRow.gap_id).where(GapRow.camera_id == camera_id)
    )
    for start_utc, gap_id in rows:
        key = gap_key(camera_id, start_utc, gap_id)
        yield ExpectedObject(key=key, presence=Presence.REQUIRED)
