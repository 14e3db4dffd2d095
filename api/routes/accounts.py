"""`/api/v1/accounts`: who may call at all."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel, Field, SecretStr

from api.account_changes import AccountChange, AccountOrder, Changer
from api.auth.account import Account
from api.auth.current import require
from api.auth.passwords import MAX_LENGTH
from api.auth.rights import Right, Role
from api.parameters import FilledLine, Region
from api.services import CallerAddress, Use
from api.v1 import V1
from storage.index.registry_tables import AccountRow
from storage.registry.accounts import list_accounts

router = APIRouter(prefix=f"{V1}/accounts", tags=["accounts"])

Language = Literal["ky", "ru", "en"]
Password = Annotated[SecretStr, Field(max_length=MAX_LENGTH)]


async def changer(
    services: Use,
    account: Annotated[Account, Depends(require(Right.MANAGE_ACCOUNTS))],
    address: CallerAddress,
) -> Changer:
    """The admin who calls."""
    return Changer(services=services, account=account, address=address)


Admin = Annotated[Changer, Depends(changer)]


class NewAccountBody(BaseModel):
    """An account that is wanted."""

    user: Annotated[FilledLine, Field(max_length=64)]
    password: Password
    role: Role
    regions: tuple[Region, ...] = ()
    """Empty: the whole country."""
    language: Language = "ru"


class AccountChangeBody(BaseModel):
    """What shall be different."""

    password: Password | None = None
    role: Role | None = None
    regions: tuple[Region, ...] | None = None
    language: Language | None = None
    is_active: bool | None = None


class AccountView(BaseModel):
    """An account, without its secrets."""

    id: UUID
    user: str
    role: Role
    regions: tuple[str, ...]
    language: str
    is_active: bool
    has_code: bool
    created_utc: datetime


class CodeSecret(BaseModel):
    """What an authenticator app needs. Shown now and never again."""

    secret: str
    uri: str


@router.get("")
def show_accounts(services: Use, admin: Admin) -> list[AccountView]:
    """All accounts within reach, by name."""
    with services.transaction() as session:
        return [account_view(row) for row in list_accounts(session) if admin.may_reach(row)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_account(new: NewAccountBody, admin: Admin) -> AccountView:
    """Make an account."""
    order = AccountOrder(
        user=new.user,
        password=new.password.get_secret_value(),
        role=new.role,
        regions=new.regions,
        language=new.language,
    )
    return account_view(admin.create(order))


@router.patch("/{account_id}")
def change_account(account_id: UUID, body: AccountChangeBody, admin: Admin) -> AccountView:
    """Change an account; its browsers and programs have to sign in again."""
    change = AccountChange(
        password=body.password.get_secret_value() if body.password else None,
        role=body.role,
        regions=body.regions,
        language=body.language,
        is_active=body.is_active,
    )
    return account_view(admin.change(account_id, change))


@router.post("/{account_id}/code", status_code=status.HTTP_201_CREATED)
def set_up_code(account_id: UUID, admin: Admin) -> CodeSecret:
    """Make the account sign in with a code of an authenticator app from now on."""
    secret, uri = admin.give_code_secret(account_id)
    return CodeSecret(secret=secret, uri=uri)


@router.delete("/{account_id}/code", status_code=status.HTTP_204_NO_CONTENT)
def drop_code(account_id: UUID, admin: Admin) -> None:
    """Let the account sign in without a code."""
    admin.drop_code_secret(account_id)


def account_view(row: AccountRow) -> AccountView:
    """An account as admins see it."""
    return AccountView(
        id=row.account_id,
        user=row.user,
        role=Role(row.role),
        regions=tuple(row.regions),
        language=row.language,
        is_active=row.is_active,
        has_code=bool(row.totp_secret),
        created_utc=row.created_utc,
    )
