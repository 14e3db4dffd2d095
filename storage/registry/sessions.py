"""Browsers that signed in. Only the digest of a session's token is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.index.registry_tables import AccountRow, SessionRow
from storage.registry.secrets import digest, new_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """What the browser is given."""

    token: str
    csrf_token: str
    expires_utc: datetime


def open_session(
    session: Session, account_id: UUID, now_utc: datetime, lifetime: timedelta
) -> OpenedSession:
    """Begin a browser session; sessions that ended are swept on the way."""
    session.execute(delete(SessionRow).where(SessionRow.expires_utc <= now_utc))
    opened = OpenedSession(
        token=new_secret("pcs"),
        csrf_token=new_secret("csrf"),
        expires_utc=now_utc + lifetime,
    )
    session.add(
        SessionRow(
            token_sha256=digest(opened.token),
            account_id=account_id,
            csrf_token=opened.csrf_token,
            created_utc=now_utc,
            expires_utc=opened.expires_utc,
        )
    )
    return opened


def find_session(
    session: Session, token: str, now_utc: datetime
) -> tuple[SessionRow, AccountRow] | None:
    """The session and its account, while both are good."""
    found = session.execute(
        select(SessionRow, AccountRow)
        .join(AccountRow, AccountRow.account_id == SessionRow.account_id)
        .where(
            SessionRow.token_sha256 == digest(token),
            SessionRow.expires_utc > now_utc,
            AccountRow.is_active,
        )
    ).first()
    return None if found is None else (found[0], found[1])


def close_session(session: Session, token: str) -> None:
    """End one session; one that is not there is fine."""
    session.execute(delete(SessionRow).where(SessionRow.token_sha256 == digest(token)))


def close_all_sessions(session: Session, account_id: UUID, keep_token: str = "") -> None:
    """End every session of an account, but for the one named."""
    session.execute(
        delete(SessionRow).where(
            SessionRow.account_id == account_id, SessionRow.token_sha256 != digest(keep_token)
        )
    )
