"""Who calls, and the one way a route says which right it needs."""

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.formparsers import MultiPartException

from api.auth.account import Account
from api.auth.cookies import session_token
from api.auth.rights import Right
from api.services import Services, Use
from core.errors import BadInputError, ForbiddenError, UnauthenticatedError
from storage.registry.api_tokens import find_token_account
from storage.registry.sessions import find_session

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class StalePageError(ForbiddenError):
    """The page that sent this is of another session, or of another site."""


def find_current_account(request: Request, services: Services) -> Account | None:
    """Who calls, by bearer token or session cookie; None: nobody we know."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_bearer(services, token.strip())
    token = session_token(request, services.settings)
    return _by_cookie(services, token) if token else None


def current_account(request: Request, services: Use) -> Account:
    """Who calls. Raises `UnauthenticatedError` when nobody we know does."""
    account = find_current_account(request, services)
    if account is None:
        raise UnauthenticatedError("sign in first")
    return account


async def claimed_csrf_token(request: Request) -> str:
    """The CSRF token of an unsafe request: its header, or a field of its form."""
    if request.method in _SAFE_METHODS:
        return ""
    header = request.headers.get("x-csrf-token", "")
    if header or not request.headers.get("content-type", "").startswith(_FORMS):
        return header
    try:
        field = (await request.form()).get("csrf_token", "")
    except MultiPartException as error:
        raise BadInputError("the form cannot be read") from error
    return field if isinstance(field, str) else ""


def checked_account(
    request: Request,
    account: Annotated[Account, Depends(current_account)],
    claimed: Annotated[str, Depends(claimed_csrf_token)],
) -> Account:
    """Who calls, and that it was not another site that made their browser do it."""
    by_bearer = not account.csrf_token
    if by_bearer or request.method in _SAFE_METHODS:
        return account
    if not secrets.compare_digest(account.csrf_token.encode(), claimed.encode()):
        raise StalePageError("the CSRF token is missing or wrong; reload the page")
    return account


@dataclass(frozen=True, slots=True)
class Require:
    """A route's demand: only accounts with this right."""

    right: Right

    def __call__(self, account: Annotated[Account, Depends(checked_account)]) -> Account:
        """The account, if it may."""
        account.must_have(self.right)
        return account


def require(right: Right) -> Require:
    """For `Annotated[Account, Depends(require(Right.WATCH_LIVE))]`, on a route or a page."""
    return Require(right)


async def anybody() -> None:
    """A route's statement that it is open to all. Never by omission."""


def _by_bearer(services: Services, token: str) -> Account | None:
    with services.transaction() as session:
        row = find_token_account(session, token, services.now_utc)
        return Account.of(row) if row else None


def _by_cookie(services: Services, token: str) -> Account | None:
    with services.transaction() as session:
        found = find_session(session, token, services.now_utc)
        return Account.of(found[1], found[0].csrf_token) if found else None
