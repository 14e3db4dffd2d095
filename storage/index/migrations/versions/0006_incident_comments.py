"""A row for each comment on an incident: of two made at once, both stay."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.timestamps import from_iso
from storage.index.base import UtcDateTime

revision = "0006"
down_revision = "0005"

_HEAD = re.compile(r"(\S+Z) (.*?): (.*)")
"""How a comment began in the one text of an incident; its further lines were indented."""


def upgrade() -> None:
    """Apply the step; what people said so far is kept, with who said it and when."""
    comment = _create()
    incident = sa.table("incident", sa.column("incident_id", sa.Uuid()), sa.column("comment"))
    said = op.get_bind().execute(sa.select(incident).where(incident.c.comment != "")).all()
    rows = [{"incident_id": i, **row} for i, text in said for row in _comments(text)]
    if rows:
        op.bulk_insert(comment, rows)
    op.drop_column("incident", "comment")


def _create() -> sa.Table:
    table = op.create_table(
        "incident_comment",
        sa.Column("comment_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("at_utc", UtcDateTime(timezone=True), nullable=False),
        sa.Column("user_name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.incident_id"],
            name=op.f("fk_incident_comment_incident_id_incident"),
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_incident_comment")),
    )
    op.create_index(op.f("ix_incident_comment_incident_id"), "incident_comment", ["incident_id"])
    return table


def _comments(said: str) -> Iterator[dict[str, Any]]:
    at_utc: datetime | None = None
    user, lines = "", list[str]()
    for line in said.splitlines():
        head = _HEAD.fullmatch(line)
        if head is None:
            lines.append(line.removeprefix("  "))
            continue
        if at_utc is not None:
            yield {"at_utc": at_utc, "user_name": user, "text": "\n".join(lines)}
        at_utc, user, lines = from_iso(head[1]), head[2], [head[3]]
    if at_utc is not None:
        yield {"at_utc": at_utc, "user_name": user, "text": "\n".join(lines)}
