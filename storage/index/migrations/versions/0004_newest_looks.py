"""The newest looks at a camera are found without reading the day's."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the step."""
    columns = ["camera_id", "action", "at_utc"]
    op.create_index("ix_access_log_camera_action_at", "access_log", columns)
    op.drop_index("ix_access_log_camera_id", "access_log")
