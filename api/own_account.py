"""What people do to their own account, by the API or a page: the password, tokens for programs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from api.auth.account import Account
from api.parameters import FilledLine
from api.services import Services
from core.errors import ExhaustedError, ForbiddenError
from storage.index.registry_tables import ApiTokenRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.accounts import get_account
from storage.registry.api_tokens import NewToken, create_token, delete_token, list_tokens
from storage.registry.attempts import count_attempts, note_attempt, strike_out
from storage.registry.sessions import close_all_sessions

TOKEN_ID_LENGTH = 16
MAX_TOKEN_DAYS = 3660

TokenLabel = Annotated[FilledLine, Field(max_length=64)]


class WrongPasswordError(ForbiddenError):
    """The account has another password."""


class TokenOrder(BaseModel):
    """A token that is wanted."""

    label: TokenLabel
    days: int | None = Field(default=None, ge=1, le=MAX_TOKEN_DAYS)
    """How long it lasts; null: until it is taken back."""


class TokenView(BaseModel):
    """A token, without its text."""

    id: str
    label: str
    created_utc: datetime
    expires_utc: datetime | None


class MadeToken(TokenView):
    """A token that was just made."""

    token: str
    """Shown now and never again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who looks after their own account, and from where. What they change is in the access log."""

    services: Services
    account: Account
    address: str

    def change_password(self, old: str, new: str, keep_token: str) -> None:
        """Take another password; every browser but the one of `keep_token` is signed out.

        Raises:
            WrongPasswordError: The old one does not fit.
            ExhaustedError: It was guessed at too often.
            WeakPasswordError: The new one is not one to guard footage with.
        """
        account_id, passwords = self.account.account_id, self.services.passwords
        self._check(old)
        new_hash = passwords.make(new)
        access = self._access(Action.ACCOUNT_CHANGED, f"{self.account.user}: password")
        with self.services.transaction() as session:
            get_account(session, account_id).password_hash = new_hash
            close_all_sessions(session, account_id, keep_token=keep_token)
            log_access(session, access, self.services.now_utc)

    def _check(self, password: str) -> None:
        """Whoever found a browser signed in may not guess on: failures count, as at the door."""
        services, now_utc = self.services, self.services.now_utc
        key, window = f"password:{self.account.account_id}", services.settings.login_window
        with services.transaction() as session:
            attempt = note_attempt(session, [key], now_utc)
        with services.transaction() as session:  # after the commit: all who try see one another
            count, oldest_utc = count_attempts(session, key, now_utc - window)
            known_hash = get_account(session, self.account.account_id).password_hash
        is_too_often = count > services.settings.login_failures_per_account
        is_right = not is_too_often and services.passwords.is_right(known_hash, password)
        if is_right or is_too_often:  # trying on would keep it shut for ever
            with services.transaction() as session:
                strike_out(session, attempt)
        if is_too_often:
            wait_s = ((oldest_utc or now_utc) + window - now_utc).total_seconds()
            raise ExhaustedError("the password was wrong too often; wait a while", wait_s)
        if not is_right:
            raise WrongPasswordError("the old password is wrong")

    def tokens(self) -> list[TokenView]:
        """All of the account's tokens, newest first, those that ended included."""
        with self.services.transaction() as session:
            return [_view(row) for row in list_tokens(session, self.account.account_id)]

    def make_token(self, order: TokenOrder) -> MadeToken:
        """Make a token that may do what the account may."""
        now_utc = self.services.now_utc
        new = NewToken(
            account_id=self.account.account_id,
            label=order.label,
            expires_utc=now_utc + timedelta(days=order.days) if order.days else None,
        )
        with self.services.transaction() as session:
            text, row = create_token(session, new, now_utc)
            log_access(session, self._access(Action.TOKEN_MADE, order.label), now_utc)
            return MadeToken(**_view(row).model_dump(), token=text)

    def take_back(self, token_id: str) -> None:
        """Make one of the account's tokens worthless.

        Raises:
            NotFoundError: The account has no such token.
        """
        with self.services.transaction() as session:
            delete_token(session, self.account.account_id, token_id)
            access = self._access(Action.TOKEN_TAKEN_BACK, token_id)
            log_access(session, access, self.services.now_utc)

    def _access(self, action: Action, detail: str) -> Access:
        return Access(
            action=action, account_id=self.account.account_id, address=self.address, detail=detail
        )


def _view(row: ApiTokenRow) -> TokenView:
    return TokenView(
        id=row.token_sha256[:TOKEN_ID_LENGTH],
        label=row.label,
        created_utc=row.created_utc,
        expires_utc=row.expires_utc,
    )
