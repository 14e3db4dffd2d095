"""Accounts: who may call at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConflictError, NotFoundError
from storage.index.registry_tables import AccountRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made."""

    user: str
    password_hash: str
    role: str
    regions: tuple[str, ...] = ()
    language: str = "ru"


class AccountExistsError(ConflictError):
    """The name is taken."""


def folded(user: str) -> str:
    """The one spelling of a user name: without outer spaces, lower case."""
    return user.strip().casefold()


def create_account(session: Session, new: NewAccount, now_utc: datetime) -> AccountRow:
    """Add an account.

    Raises:
        AccountExistsError: The name is taken.
    """
    if find_account(session, new.user) is not None:
        raise AccountExistsError(f"there is an account {folded(new.user)} already")
    row = AccountRow(
        account_id=uuid4(),
        user=folded(new.user),
        password_hash=new.password_hash,
        role=new.role,
        regions=list(new.regions),
        language=new.language,
        totp_secret="",
        is_active=True,
        created_utc=now_utc,
    )
    session.add(row)
    session.flush()
    return row


def find_account(session: Session, user: str) -> AccountRow | None:
    """The account of this name, active or not."""
    return session.scalar(select(AccountRow).where(AccountRow.user == folded(user)))


def get_account(session: Session, account_id: UUID) -> AccountRow:
    """The account, or `NotFoundError`."""
    row = session.get(AccountRow, account_id)
    if row is None:
        raise NotFoundError("there is no such account")
    return row


def list_accounts(session: Session) -> Sequence[AccountRow]:
    """All of them, by name."""
    return session.scalars(select(AccountRow).order_by(AccountRow.user)).all()


def names_of(session: Session) -> dict[UUID, str]:
    """Every account's name, for lists that show who did something."""
    rows = session.execute(select(AccountRow.account_id, AccountRow.user))
    return {row.account_id: row.user for row in rows}
