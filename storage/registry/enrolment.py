"""Single-use tokens by which a device becomes known."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.errors import UnauthenticatedError
from storage.index.registry_tables import EnrolmentTokenRow

_TOKEN_BYTES = 16


class EnrolmentTokenUsedError(UnauthenticatedError):
    """The token was used before. Either a copy is about or a device was set up twice."""

    def __init__(self, station_id: UUID, device_id: UUID | None, station_pin: str) -> None:
        super().__init__("this enrolment token was used already; ask the commission for another")
        self.station_id = station_id
        self.device_id = device_id
        self.station_pin = station_pin
        """Not for the text: empty once the device has shown that it got its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """What is shown to a person, once."""

    token: str
    station_pin: str
    expires_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentToken:
    """What a token was good for."""

    station_id: UUID
    station_pin: str


def issue_token(
    session: Session,
    station_id: UUID,
    account_id: UUID,
    now_utc: datetime,
    expires_utc: datetime,
) -> IssuedToken:
    """Make a token of 128 random bits and the PIN of the station's own page."""
    issued = IssuedToken(
        token=secrets.token_hex(_TOKEN_BYTES),
        station_pin=f"{secrets.randbelow(1_000_000):06d}",
        expires_utc=expires_utc,
    )
    session.add(
        EnrolmentTokenRow(
            token_sha256=_digest(issued.token),
            station_id=station_id,
            station_pin=issued.station_pin,
            created_utc=now_utc,
            created_by=account_id,
            expires_utc=expires_utc,
        )
    )
    return issued


def spend_token(session: Session, token: str, now_utc: datetime) -> SpentToken:
    """Use a token up; of two who try at once, one succeeds.

    Raises:
        EnrolmentTokenUsedError: Somebody used it before.
        UnauthenticatedError: Unknown or expired.
    """
    key = _digest(token)
    spent = session.execute(
        update(EnrolmentTokenRow)
        .where(
            EnrolmentTokenRow.token_sha256 == key,
            EnrolmentTokenRow.used_utc.is_(None),
            EnrolmentTokenRow.expires_utc > now_utc,
        )
        .values(used_utc=now_utc)
        .execution_options(synchronize_session=False)
        .returning(EnrolmentTokenRow.station_id, EnrolmentTokenRow.station_pin)
    ).first()
    if spent is None:
        raise _refusal(session.get(EnrolmentTokenRow, key, populate_existing=True))
    return SpentToken(station_id=spent.station_id, station_pin=spent.station_pin)


def bind_token(session: Session, token: str, device_id: UUID) -> None:
    """Note which device used the token."""
    session.execute(
        update(EnrolmentTokenRow)
        .where(EnrolmentTokenRow.token_sha256 == _digest(token))
        .values(device_id=device_id)
        .execution_options(synchronize_session=False)
    )


def forget_pin(session: Session, device_id: UUID) -> None:
    """The device was heard of, so it has the PIN: nobody needs to keep it here."""
    session.execute(
        update(EnrolmentTokenRow)
        .where(EnrolmentTokenRow.device_id == device_id)
        .values(station_pin="")
        .execution_options(synchronize_session=False)
    )


def list_tokens(session: Session, station_id: UUID) -> Sequence[EnrolmentTokenRow]:
    """A station's tokens, newest first; never their text."""
    return session.scalars(
        select(EnrolmentTokenRow)
        .where(EnrolmentTokenRow.station_id == station_id)
        .order_by(EnrolmentTokenRow.created_utc.desc())
    ).all()


def _refusal(row: EnrolmentTokenRow | None) -> UnauthenticatedError:
    if row is None:
        return UnauthenticatedError("this enrolment token is not known")
    if row.used_utc is not None:
        return EnrolmentTokenUsedError(row.station_id, row.device_id, row.station_pin)
    return UnauthenticatedError("this enrolment token has expired; ask for another")


def _digest(token: str) -> str:
    return hashlib.sha256(token.strip().encode()).hexdigest()
