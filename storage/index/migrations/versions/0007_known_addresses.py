"""Where an account has signed in from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "known_address",
        sa.Column("known_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.account_id"],
            name=op.f("fk_known_address_account_id_account"),
        ),
        sa.PrimaryKeyConstraint("known_id", name=op.f("pk_known_address")),
    )
    op.create_index(op.f("ix_known_address_account_id"), "known_address", ["account_id"])
