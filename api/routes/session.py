"""`/api/v1/session`: signing in and out, and who I am."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from pydantic import BaseModel, Field, SecretStr

from api.auth.account import Account
from api.auth.cookies import drop_session_cookie, session_token, set_session_cookie
from api.auth.current import anybody, require
from api.auth.passwords import MAX_LENGTH
from api.auth.rights import RIGHTS, Right, Role
from api.auth.sign_in import Credentials, sign_in
from api.own_account import Owner
from api.services import CallerAddress, Use
from api.v1 import V1
from storage.registry.sessions import close_session

router = APIRouter(prefix=V1, tags=["session"])

Myself = Annotated[Account, Depends(require(Right.OWN_ACCOUNT))]


async def owner(services: Use, account: Myself, address: CallerAddress) -> Owner:
    """Whoever calls, for what they may do to their own account."""
    return Owner(services=services, account=account, address=address)


UseOwner = Annotated[Owner, Depends(owner)]


class SignIn(BaseModel):
    """What a person types."""

    user: str = Field(min_length=1, max_length=64)
    password: SecretStr = Field(max_length=1024)
    code: str = Field(default="", max_length=16)


class Whoami(BaseModel):
    """The account that is signed in."""

    account_id: UUID
    user: str
    role: Role
    regions: tuple[str, ...]
    language: str
    rights: tuple[Right, ...]
    csrf_token: str
    """To be sent as `X-CSRF-Token` with every unsafe request of this browser."""
    expires_utc: datetime | None = None


class NewPassword(BaseModel):
    """A change of one's own password."""

    old: SecretStr = Field(max_length=1024)
    new: SecretStr = Field(max_length=MAX_LENGTH)


@router.post("/session", dependencies=[Depends(anybody)])
def open_session(
    given: SignIn, response: Response, services: Use, address: CallerAddress
) -> Whoami:
    """Sign in; the session's cookie comes with the answer."""
    credentials = Credentials(
        user=given.user,
        password=given.password.get_secret_value(),
        code=given.code,
        address=address,
    )
    account, opened = sign_in(services, credentials)
    set_session_cookie(response, services.settings, opened.token)
    return whoami(account, opened.expires_utc)


@router.get("/session")
def show_session(account: Myself) -> Whoami:
    """Who am I?"""
    return whoami(account)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
def end_session(request: Request, response: Response, services: Use, _account: Myself) -> None:
    """Sign out."""
    with services.transaction() as session:
        close_session(session, session_token(request, services.settings))
    drop_session_cookie(response, services.settings)


@router.put("/session/password", status_code=status.HTTP_204_NO_CONTENT)
def change_password(given: NewPassword, request: Request, owner: UseOwner) -> None:
    """Give oneself another password; all other browsers are signed out."""
    owner.change_password(
        given.old.get_secret_value(),
        given.new.get_secret_value(),
        keep_token=session_token(request, owner.services.settings),
    )


def whoami(account: Account, expires_utc: datetime | None = None) -> Whoami:
    """What an account is told of itself."""
    return Whoami(
        account_id=account.account_id,
        user=account.user,
        role=account.role,
        regions=account.regions,
        language=account.language,
        rights=tuple(sorted(RIGHTS[account.role])),
        csrf_token=account.csrf_token,
        expires_utc=expires_utc,
    )
