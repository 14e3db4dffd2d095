"""Tables of what was recorded and is to be kept.

Runs, segments, gaps and holds can be rebuilt from the object store, and with them the entries that
announced them; exports cannot, and what was announced and never arrived comes from its device.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.index.base import Base, UtcDateTime


class EntryRow(Base):
    """A signed entry as it came, byte for byte."""

    __tablename__ = "entry"

    camera_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    device_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(16))
    line: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    received_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class ChainRow(Base):
    """How far a chain is held without a hole. Whoever extends it locks this row first."""

    __tablename__ = "chain"

    camera_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    """Of the newest entry whose predecessors are all held; -1: none."""
    lock_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """Counted up to take the row's lock, on every engine alike."""


class RunRow(Base):
    """A session with a camera; `init_stored_utc` is set once its init is durable and checked."""

    __tablename__ = "run"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    camera_id: Mapped[UUID] = mapped_column(index=True)
    device_id: Mapped[UUID]
    epoch: Mapped[UUID]
    """With `seq`: the entry that announced it."""
    seq: Mapped[int] = mapped_column(BigInteger)
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    init_sha256: Mapped[str] = mapped_column(String(64))
    init_size_bytes: Mapped[int] = mapped_column(BigInteger)
    codec: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    timescale: Mapped[int] = mapped_column(BigInteger)
    object_key: Mapped[str] = mapped_column(Text)
    init_stored_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SegmentRow(Base):
    """A segment from its announcement to the end of its retention.

    `state`: announced (on the device), stored, lost, expired, withheld.
    """

    __tablename__ = "segment"
    __table_args__ = (
        Index("ix_segment_camera_start", "camera_id", "start_utc"),
        Index("ix_segment_state_start", "state", "start_utc"),
    )

    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(index=True)
    camera_id: Mapped[UUID]
    device_id: Mapped[UUID]
    epoch: Mapped[UUID]
    """With `seq`: the entry that announced it."""
    seq: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int]
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    media_duration_us: Mapped[int] = mapped_column(BigInteger)
    frame_count: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    end: Mapped[str] = mapped_column(String(16))
    clock_offset_s: Mapped[float | None]
    is_clock_synced: Mapped[bool]
    object_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    announced_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    stored_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the bytes of an expired segment were gone; until then deletion is still due."""


class GapRow(Base):
    """A stretch without footage, with its cause and who says so."""

    __tablename__ = "gap"
    __table_args__ = (Index("ix_gap_camera_start", "camera_id", "start_utc"),)

    gap_id: Mapped[UUID] = mapped_column(primary_key=True)
    camera_id: Mapped[UUID]
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(String(32))
    said_by: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[UUID | None]
    """With `seq`: the entry that stated it; None where the archive or a person says so."""
    seq: Mapped[int | None] = mapped_column(BigInteger)
    recorded_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class ArchiveRow(Base):
    """Which object store this index speaks of: one row, the id in the store's marker object."""

    __tablename__ = "archive"

    archive_id: Mapped[UUID] = mapped_column(primary_key=True)
    bound_utc: Mapped[datetime] = mapped_column(UtcDateTime)


class HoldRow(Base):
    """A legal hold: what it covers is never deleted while it stands. Null ids mean "all"."""

    __tablename__ = "hold"

    hold_id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[UUID | None]
    camera_id: Mapped[UUID | None]
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"))
    placed_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    released_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.account_id"))
    release_reason: Mapped[str | None] = mapped_column(Text)
    """Null while it stands, and of those released before anybody had to say why."""


class ExportRow(Base):
    """A clip somebody took away. `state`: queued, running, ready, failed, expired."""

    __tablename__ = "export"

    export_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"), index=True)
    camera_id: Mapped[UUID] = mapped_column(index=True)
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    done_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    total_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(Text, default="")
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    created_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was begun."""
    due_utc: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Of one that is tried again: not before."""
