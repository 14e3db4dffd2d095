"""Bearer tokens of accounts, for programs. Only digests are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from storage.index.registry_tables import AccountRow, ApiTokenRow
from storage.registry.secrets import digest, new_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to be made."""

    account_id: UUID
    label: str
    expires_utc: datetime | None = None


def create_token(session: Session, new: NewToken, now_utc: datetime) -> tuple[str, ApiTokenRow]:
    """Make a token. Its text is in the answer and nowhere else."""
    text = new_secret("pct")
    row = ApiTokenRow(
        token_sha256=digest(text),
        account_id=new.account_id,
        label=new.label,
        created_utc=now_utc,
        expires_utc=new.expires_utc,
    )
    session.add(row)
    session.flush()
    return text, row


def find_token_account(session: Session, text: str, now_utc: datetime) -> AccountRow | None:
    """Whose token this is, while both are good."""
    return session.scalar(
        select(AccountRow)
        .join(ApiTokenRow, ApiTokenRow.account_id == AccountRow.account_id)
        .where(
            ApiTokenRow.token_sha256 == digest(text),
            or_(ApiTokenRow.expires_utc.is_(None), ApiTokenRow.expires_utc > now_utc),
            AccountRow.is_active,
        )
    )


def list_tokens(session: Session, account_id: UUID) -> Sequence[ApiTokenRow]:
    """An account's tokens, newest first."""
    return session.scalars(
        select(ApiTokenRow)
        .where(ApiTokenRow.account_id == account_id)
        .order_by(ApiTokenRow.created_utc.desc(), ApiTokenRow.token_sha256)
    ).all()


def delete_token(session: Session, account_id: UUID, token_id: str) -> None:
    """Take back one of the account's tokens.

    Args:
        session: In a transaction.
        account_id: Its owner.
        token_id: The first 16 or more characters of its digest.

    Raises:
        NotFoundError: The account has no such token.
    """
    rows = [r for r in list_tokens(session, account_id) if r.token_sha256.startswith(token_id)]
    if len(token_id) < 16 or not rows:
        raise NotFoundError("there is no such token")
    session.delete(rows[0])


def delete_all_tokens(session: Session, account_id: UUID) -> None:
    """Take back every token of an account."""
    session.execute(delete(ApiTokenRow).where(ApiTokenRow.account_id == account_id))
