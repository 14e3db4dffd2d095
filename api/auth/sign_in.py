"""Signing in: name, password and, where it is set up, a code."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.services import Services
from core.addresses import network_of
from core.errors import ExhaustedError, UnauthenticatedError
from storage.index.registry_tables import AccountRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.accounts import find_account, folded
from storage.registry.attempts import count_attempts, note_attempt, strike_out, sweep_attempts
from storage.registry.known_addresses import find_known, remember_address
from storage.registry.sessions import OpenedSession, open_session

_CODE_PERIOD_S = 30
_CODE = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a person typed, and from where."""

    user: str
    password: str
    code: str
    address: str


def sign_in(services: Services, given: Credentials) -> tuple[Account, OpenedSession]:
    """Open a session.

    Raises:
        UnauthenticatedError: Wrong in any way; it does not say in which.
        ExhaustedError: Too many failures for this account or from this address; from an address
            that has signed in to it before, only its own count.
    """
    attempt = _begin(services, given)
    with services.transaction() as session:
        row = find_account(session, given.user)
    is_right = services.passwords.is_right(row.password_hash if row else None, given.password)
    if row is None or not is_right or not row.is_active or not _code_fits(services, row, given):
        _log_failure(services, row, given)
        raise UnauthenticatedError("user name, password or code is wrong")
    return _open(services, row, given, attempt)


def _begin(services: Services, given: Credentials) -> Sequence[int]:
    with services.transaction() as session:
        sweep_attempts(session, services.now_utc, services.settings.login_window)
        keys = _keys(session, given, services.now_utc)
        attempt = note_attempt(session, keys, services.now_utc)
    with services.transaction() as session:  # after the commit: all who try see one another
        wait = _wait(session, services, keys)
        if wait is not None:
            strike_out(session, attempt)  # else trying on would keep the door shut for ever
    if wait is not None:
        raise ExhaustedError("too many failed sign-ins; wait a while", wait.total_seconds())
    return attempt


def _keys(session: Session, given: Credentials, now_utc: datetime) -> tuple[str, str]:
    """What a failure counts for: the account, then the address.

    An address that has signed in to the account before waits for its own failures alone: else
    anybody could keep an account shut all day, without knowing more of it than its name.
    """
    network = network_of(given.address)
    known_id = find_known(session, given.user, network, now_utc)
    of_account = f"known:{known_id}:{network}" if known_id else f"user:{folded(given.user)}"
    return of_account, f"address:{network}"


def _wait(session: Session, services: Services, keys: Sequence[str]) -> timedelta | None:
    settings, now_utc = services.settings, services.now_utc
    limits = (settings.login_failures_per_account, settings.login_failures_per_address)
    for key, limit in zip(keys, limits, strict=True):
        count, oldest_utc = count_attempts(session, key, now_utc - settings.login_window)
        if count > limit and oldest_utc is not None:
            return oldest_utc + settings.login_window - now_utc
    return None


def _code_fits(services: Services, row: AccountRow, given: Credentials) -> bool:
    if not row.totp_secret:
        return True
    code = given.code.replace(" ", "")
    now_s = services.now_utc.timestamp()
    totp = pyotp.TOTP(row.totp_secret, interval=_CODE_PERIOD_S)
    for step_s in (now_s, now_s - _CODE_PERIOD_S, now_s + _CODE_PERIOD_S):
        if _CODE.fullmatch(code) and totp.verify(code, for_time=int(step_s)):
            return _is_first_use(services, row, int(step_s) // _CODE_PERIOD_S)
    return False


def _is_first_use(services: Services, row: AccountRow, step: int) -> bool:
    # Somebody who saw the code over a shoulder must not sign in with it as well.
    key = f"code:{row.account_id}:{step}"
    with services.transaction() as session:
        note_attempt(session, [key], services.now_utc)
    with services.transaction() as session:
        since_utc = services.now_utc - services.settings.login_window
        return count_attempts(session, key, since_utc)[0] == 1


def _log_failure(services: Services, row: AccountRow | None, given: Credentials) -> None:
    # The name as typed is not kept: people type passwords into that field.
    account_id = row.account_id if row else None
    access = Access(action=Action.SIGN_IN_FAILED, account_id=account_id, address=given.address)
    with services.transaction() as session:
        log_access(session, access, services.now_utc)


def _open(
    services: Services, row: AccountRow, given: Credentials, attempt: Sequence[int]
) -> tuple[Account, OpenedSession]:
    access = Access(action=Action.SIGNED_IN, account_id=row.account_id, address=given.address)
    with services.transaction() as session:
        strike_out(session, attempt)
        remember_address(session, row.account_id, network_of(given.address), services.now_utc)
        log_access(session, access, services.now_utc)
        opened = open_session(
            session, row.account_id, services.now_utc, services.settings.session_lifetime
        )
    return Account.of(row, opened.csrf_token), opened
