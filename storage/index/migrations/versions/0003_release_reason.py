"""Why a hold was released."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("hold", sa.Column("release_reason", sa.Text(), nullable=True))
