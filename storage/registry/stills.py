"""The newest still of each camera."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.index.registry_tables import StillRow


def keep_still(session: Session, camera_id: UUID, taken_utc: datetime, jpeg: bytes) -> None:
    """Keep a still unless a newer one is there."""
    row = session.get(StillRow, camera_id)
    if row is None:
        session.add(StillRow(camera_id=camera_id, taken_utc=taken_utc, jpeg=jpeg))
    elif taken_utc > row.taken_utc:
        row.taken_utc, row.jpeg = taken_utc, jpeg


def find_still(session: Session, camera_id: UUID) -> StillRow | None:
    """The newest still, if there is one."""
    return session.get(StillRow, camera_id)


def still_times(session: Session, camera_ids: Sequence[UUID] | None = None) -> dict[UUID, datetime]:
    """When the newest stills of these cameras (None: all) were taken."""
    query = select(StillRow.camera_id, StillRow.taken_utc)
    if camera_ids is not None:
        query = query.where(StillRow.camera_id.in_(camera_ids))
    return {row.camera_id: row.taken_utc for row in session.execute(query)}
