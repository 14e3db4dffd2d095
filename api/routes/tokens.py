"""`/api/v1/tokens`: one's own bearer tokens, for programs."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, status
from pydantic import BaseModel, Field

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.parameters import FilledLine
from api.services import CallerAddress, Use
from api.v1 import V1
from storage.index.registry_tables import ApiTokenRow
from storage.registry.access_log import Access, Action, log_access
from storage.registry.api_tokens import NewToken, create_token, delete_token, list_tokens

_ID_LENGTH = 16

router = APIRouter(prefix=f"{V1}/tokens", tags=["tokens"])

Owner = Annotated[Account, Depends(require(Right.OWN_ACCOUNT))]


class TokenOrder(BaseModel):
    """A token that is wanted."""

    label: Annotated[FilledLine, Field(max_length=64)]
    days: int | None = Field(default=None, ge=1, le=3660)
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


@router.get("")
def show_tokens(services: Use, account: Owner) -> list[TokenView]:
    """My tokens, newest first."""
    with services.transaction() as session:
        return [_view(row) for row in list_tokens(session, account.account_id)]


@router.post("", status_code=status.HTTP_201_CREATED)
def make_token(
    order: TokenOrder, services: Use, account: Owner, address: CallerAddress
) -> MadeToken:
    """Make a token that may do what I may."""
    now_utc = services.now_utc
    expires_utc = now_utc + timedelta(days=order.days) if order.days else None
    new = NewToken(account_id=account.account_id, label=order.label, expires_utc=expires_utc)
    with services.transaction() as session:
        text, row = create_token(session, new, now_utc)
        log_access(session, _entry(Action.TOKEN_MADE, account, address, order.label), now_utc)
    return MadeToken(**_view(row).model_dump(), token=text)


@router.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
def take_back(
    token_id: Annotated[str, Path(pattern=f"^[0-9a-f]{{{_ID_LENGTH}}}$")],
    services: Use,
    account: Owner,
    address: CallerAddress,
) -> None:
    """Make one of my tokens worthless."""
    entry = _entry(Action.TOKEN_TAKEN_BACK, account, address, token_id)
    with services.transaction() as session:
        delete_token(session, account.account_id, token_id)
        log_access(session, entry, services.now_utc)


def _entry(action: Action, account: Account, address: str, detail: str) -> Access:
    return Access(action=action, account_id=account.account_id, address=address, detail=detail)


def _view(row: ApiTokenRow) -> TokenView:
    return TokenView(
        id=row.token_sha256[:_ID_LENGTH],
        label=row.label,
        created_utc=row.created_utc,
        expires_utc=row.expires_utc,
    )
