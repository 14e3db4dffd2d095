"""Footage: chains, runs, segments, gaps, holds, exports."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the step."""
    _archive()
    _chain()
    _entry()
    _gap()
    _run()
    _segment()
    _export()
    _hold()


def _archive() -> None:
    op.create_table(
        "archive",
        sa.Column("archive_id", sa.Uuid(), nullable=False),
        sa.Column("bound_utc", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("archive_id", name=op.f("pk_archive")),
    )


def _chain() -> None:
    op.create_table(
        "chain",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("lock_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "epoch", name=op.f("pk_chain")),
    )
    op.create_index(op.f("ix_chain_device_id"), "chain", ["device_id"], unique=False)


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_utc", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "epoch", "seq", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_device_id"), "entry", ["device_id"], unique=False)


def _gap() -> None:
    op.create_table(
        "gap",
        sa.Column("gap_id", sa.Uuid(), nullable=False),
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("said_by", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("recorded_utc", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gap_id", name=op.f("pk_gap")),
    )
    op.create_index("ix_gap_camera_start", "gap", ["camera_id", "start_utc"], unique=False)


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("init_sha256", sa.String(length=64), nullable=False),
        sa.Column("init_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("codec", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("timescale", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("init_stored_utc", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_camera_id"), "run", ["camera_id"], unique=False)


def _segment() -> None:
    op.create_table(
        "segment",
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("media_duration_us", sa.BigInteger(), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.String(length=16), nullable=False),
        sa.Column("clock_offset_s", sa.Double(), nullable=True),
        sa.Column("is_clock_synced", sa.Boolean(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("announced_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_utc", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segment")),
    )
    op.create_index("ix_segment_camera_start", "segment", ["camera_id", "start_utc"], unique=False)
    op.create_index(op.f("ix_segment_run_id"), "segment", ["run_id"], unique=False)
    op.create_index("ix_segment_state_start", "segment", ["state", "start_utc"], unique=False)


def _export() -> None:
    op.create_table(
        "export",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_utc", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_export_account_id_account")
        ),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_account_id"), "export", ["account_id"], unique=False)
    op.create_index(op.f("ix_export_camera_id"), "export", ["camera_id"], unique=False)


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("camera_id", sa.Uuid(), nullable=True),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["account.account_id"], name=op.f("fk_hold_placed_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["account.account_id"], name=op.f("fk_hold_released_by_account")
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold")),
    )
