"""Sign-ins that failed, counted across all processes of the API.

An attempt is written down as failed before the password is looked at, and struck out when it
was right: a hundred guesses at the same moment count as a hundred.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from storage.index.registry_tables import LoginFailureRow


def note_attempt(session: Session, keys: Iterable[str], now_utc: datetime) -> list[int]:
    """Write an attempt down under each key; the ids strike it out again."""
    rows = [LoginFailureRow(key=key[:128], at_utc=now_utc) for key in keys]
    session.add_all(rows)
    session.flush()
    return [row.failure_id for row in rows]


def strike_out(session: Session, attempt: Iterable[int]) -> None:
    """Forget an attempt."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.failure_id.in_(list(attempt))))


def count_attempts(session: Session, key: str, since_utc: datetime) -> tuple[int, datetime | None]:
    """How many there are under a key since then, and when the oldest of them was."""
    count, oldest = session.execute(
        select(func.count(), func.min(LoginFailureRow.at_utc)).where(
            LoginFailureRow.key == key[:128], LoginFailureRow.at_utc > since_utc
        )
    ).one()
    return count, oldest


def sweep_attempts(session: Session, now_utc: datetime, window: timedelta) -> None:
    """Remove what no limit looks at any more."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.at_utc <= now_utc - window))
