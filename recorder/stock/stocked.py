"""The values of the stock: lines to send, objects to hand over, what is still owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from core.wire.upload import ObjectKind, WantedObject


class ObjectState(StrEnum):
    """How far an object of this station has come. It moves down this list only."""

    SEALED = "sealed"
    """On this disk, its entry signed; the archive has not confirmed it."""
    STORED = "stored"
    """Confirmed by the archive: may be evicted."""
    REFUSED = "refused"
    """The archive knows other bytes under its id. Never evicted; a person must look."""
    EVICTED = "evicted"
    """Deleted here to make room."""
    LOST = "lost"
    """Its file vanished from this disk without our doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockedObject:
    """One init or segment that was written to this disk and stated in a signed entry."""

    kind: ObjectKind
    camera_id: UUID
    object_id: UUID
    """The segment's id, or the run's id for an init."""
    path: Path
    """Absolute. The file never changes after it was sealed."""
    sha256: str
    size_bytes: int
    start_utc: datetime
    media_duration: timedelta
    """Zero for an init."""

    def wanted(self) -> WantedObject:
        """How the archive is asked for a place for it."""
        return WantedObject(
            kind=self.kind,
            camera_id=self.camera_id,
            object_id=self.object_id,
            sha256=self.sha256,
            size_bytes=self.size_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentLine:
    """One signed journal line the centre has not acknowledged."""

    camera_id: UUID
    epoch: UUID
    seq: int
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is on this disk and not confirmed by the archive; segments only."""

    media_s: float
    size_bytes: int
    segments: int
    unsent_lines: int
