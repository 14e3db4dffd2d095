"""How stations and cameras are named where a table has room for one cell."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.ui.catalogue import Texts
from storage.index.registry_tables import CameraRow, StationRow


def places_of(session: Session, texts: Texts) -> dict[UUID, str]:
    """By id: `1042` of a station, `1042 · Camera 1` of a camera."""
    rows = session.execute(select(StationRow.station_id, StationRow.number))
    numbers = {row.station_id: row.number for row in rows}
    columns = (CameraRow.camera_id, CameraRow.station_id, CameraRow.position)
    named = {
        row.camera_id: f"{numbers[row.station_id]} · {texts('camera.title', n=row.position)}"
        for row in session.execute(select(*columns))
    }
    return {**numbers, **named}
