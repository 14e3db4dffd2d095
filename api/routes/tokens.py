"""`/api/v1/tokens`: one's own bearer tokens, for programs."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from api.own_account import TOKEN_ID_LENGTH, MadeToken, TokenOrder, TokenView
from api.routes.session import UseOwner
from api.v1 import V1

router = APIRouter(prefix=f"{V1}/tokens", tags=["tokens"])

TokenId = Annotated[str, Path(pattern=f"^[0-9a-f]{{{TOKEN_ID_LENGTH}}}$")]


@router.get("")
def show_tokens(owner: UseOwner) -> list[TokenView]:
    """My tokens, newest first."""
    return owner.tokens()


@router.post("", status_code=status.HTTP_201_CREATED)
def make_token(order: TokenOrder, owner: UseOwner) -> MadeToken:
    """Make a token that may do what I may."""
    return owner.make_token(order)


@router.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
def take_back(token_id: TokenId, owner: UseOwner) -> None:
    """Make one of my tokens worthless."""
    owner.take_back(token_id)
