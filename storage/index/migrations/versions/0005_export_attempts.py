"""How often an export was begun, and when it is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the step."""
    attempts = sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    op.add_column("export", attempts)
    op.add_column("export", sa.Column("due_utc", sa.DateTime(timezone=True), nullable=True))
