"""Where each account has signed in from, so that a stranger cannot shut it out there."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.index.registry_tables import AccountRow, KnownAddressRow
from storage.registry.accounts import folded

MAX_KNOWN = 20
"""Of one account, the newest: each lets as many guesses in as all strangers together have."""
KNOWN_FOR = timedelta(days=90)
"""After the last sign-in from there."""


def remember_address(session: Session, account_id: UUID, address: str, now_utc: datetime) -> None:
    """The account has signed in from there; what is older or too much is forgotten."""
    here = KnownAddressRow.account_id == account_id
    session.execute(delete(KnownAddressRow).where(here, KnownAddressRow.address == address[:64]))
    session.execute(delete(KnownAddressRow).where(KnownAddressRow.at_utc <= now_utc - KNOWN_FOR))
    session.add(KnownAddressRow(account_id=account_id, address=address[:64], at_utc=now_utc))
    session.flush()
    newest = select(KnownAddressRow.known_id).where(here).order_by(KnownAddressRow.known_id.desc())
    kept = list(session.scalars(newest.limit(MAX_KNOWN)))
    session.execute(delete(KnownAddressRow).where(here, KnownAddressRow.known_id.not_in(kept)))


def find_known(session: Session, user: str, address: str, now_utc: datetime) -> UUID | None:
    """The account of this name, where it has signed in from this address before."""
    return session.scalar(
        select(AccountRow.account_id)
        .join(KnownAddressRow, KnownAddressRow.account_id == AccountRow.account_id)
        .where(
            AccountRow.user == folded(user),
            KnownAddressRow.address == address[:64],
            KnownAddressRow.at_utc > now_utc - KNOWN_FOR,
        )
        .limit(1)
    )
