"""Making and changing accounts, by an admin or from the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.rights import Role
from api.services import Services
from core.errors import ConflictError, ForbiddenError, NotFoundError
from storage.index.registry_tables import AccountRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.accounts import NewAccount, create_account, get_account
from storage.registry.api_tokens import delete_all_tokens
from storage.registry.sessions import close_all_sessions

_ISSUER = "pollcam"


class TooFarError(ForbiddenError):
    """An account cannot reach further than the one that makes it."""


class OwnRightsError(ConflictError):
    """Nobody changes their own rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOrder:
    """An account that is wanted."""

    user: str
    password: str
    role: Role
    regions: tuple[str, ...] = ()
    language: str = "ru"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What shall be different; None: as it is."""

    password: str | None = None
    role: Role | None = None
    regions: tuple[str, ...] | None = None
    language: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changer:
    """Who changes accounts, and from where; no account: the machine's administrator."""

    services: Services
    account: Account | None
    address: str = ""

    def create(self, order: AccountOrder) -> AccountRow:
        """Make an account.

        Raises:
            WeakPasswordError: Of its password.
            AccountExistsError: The name is taken.
            TooFarError: It would reach further than its maker does.
        """
        self._check_reach(order.regions)
        new = NewAccount(
            user=order.user,
            password_hash=self.services.passwords.make(order.password),
            role=order.role.value,
            regions=order.regions,
            language=order.language,
        )
        with self.services.transaction() as session:
            row = create_account(session, new, self.services.now_utc)
            self._log(session, row, f"made, {order.role.value}")
        return row

    def change(self, account_id: UUID, change: AccountChange) -> AccountRow:
        """Change an account. What it gave to browsers and programs ends with its old rights."""
        self._check_not_oneself(account_id, change)
        if change.regions is not None:
            self._check_reach(change.regions)
        password_hash = None
        if change.password is not None:
            password_hash = self.services.passwords.make(change.password)
        with self.services.transaction() as session:
            row = self.reachable(session, account_id)
            changed = _apply(row, change, password_hash)
            if changed & {"password", "role", "regions", "is_active"}:
                close_all_sessions(session, account_id)
            if changed & {"password", "is_active"}:
                delete_all_tokens(session, account_id)
            self._log(session, row, ", ".join(sorted(changed)))
        return row

    def give_code_secret(self, account_id: UUID) -> tuple[str, str]:
        """Make the account sign in with a code from now on; the secret and its address."""
        secret = pyotp.random_base32()
        with self.services.transaction() as session:
            row = self.reachable(session, account_id)
            row.totp_secret = secret
            self._log(session, row, "code set up")
        return secret, pyotp.TOTP(secret).provisioning_uri(name=row.user, issuer_name=_ISSUER)

    def drop_code_secret(self, account_id: UUID) -> None:
        """Let the account sign in without a code again."""
        with self.services.transaction() as session:
            row = self.reachable(session, account_id)
            row.totp_secret = ""
            self._log(session, row, "code dropped")

    def may_reach(self, row: AccountRow) -> bool:
        """Whether the account's regions lie within the changer's."""
        own = self.account.regions if self.account else ()
        return not own or (bool(row.regions) and set(row.regions) <= set(own))

    def reachable(self, session: Session, account_id: UUID) -> AccountRow:
        """The account, if it is within reach or the changer's own; `NotFoundError` otherwise."""
        row = get_account(session, account_id)
        is_oneself = self.account is not None and self.account.account_id == account_id
        if not is_oneself and not self.may_reach(row):
            raise NotFoundError("there is no such account")
        return row

    def _check_reach(self, regions: Sequence[str]) -> None:
        own = self.account.regions if self.account else ()
        if own and not (regions and set(regions) <= set(own)):
            raise TooFarError("an account cannot reach further than the one that makes it")

    def _check_not_oneself(self, account_id: UUID, change: AccountChange) -> None:
        if self.account is None or self.account.account_id != account_id:
            return
        if change.role is not None or change.regions is not None or change.is_active is not None:
            raise OwnRightsError("nobody changes their own rights; ask another admin")

    def _log(self, session: Session, row: AccountRow, what: str) -> None:
        access = Access(
            action=Action.ACCOUNT_CHANGED,
            account_id=self.account.account_id if self.account else None,
            address=self.address,
            detail=f"{row.user}: {what}",
        )
        log_access(session, access, self.services.now_utc)


def _apply(row: AccountRow, change: AccountChange, password_hash: str | None) -> set[str]:
    wanted = {
        "password_hash": password_hash,
        "role": change.role.value if change.role else None,
        "regions": list(change.regions) if change.regions is not None else None,
        "language": change.language,
        "is_active": change.is_active,
    }
    changed = {k: v for k, v in wanted.items() if v is not None and getattr(row, k) != v}
    for name, value in changed.items():
        setattr(row, name, value)
    return {name.removesuffix("_hash") for name in changed}
