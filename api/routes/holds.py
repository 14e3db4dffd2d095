"""`/api/v1/holds`: what must not be deleted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.holding import HoldView, Keeper, NewHold
from api.parameters import Comment
from api.services import CallerAddress, Use
from api.v1 import V1

router = APIRouter(prefix=f"{V1}/holds", tags=["holds"])


async def keeper(
    services: Use,
    account: Annotated[Account, Depends(require(Right.HOLD))],
    address: CallerAddress,
) -> Keeper:
    """Who calls, if they may keep footage."""
    return Keeper(services=services, account=account, address=address)


UseKeeper = Annotated[Keeper, Depends(keeper)]


class HoldEnd(BaseModel):
    """Why a hold is released."""

    reason: Comment


@router.get("")
def show_holds(keeper: UseKeeper) -> list[HoldView]:
    """Holds over footage of the account's regions, newest first, released ones included."""
    return keeper.holds()


@router.post("", status_code=status.HTTP_201_CREATED)
def create_hold(new: NewHold, keeper: UseKeeper) -> HoldView:
    """Keep footage from being deleted."""
    return keeper.place(new)


@router.get("/{hold_id}")
def show_hold(hold_id: UUID, keeper: UseKeeper) -> HoldView:
    """One hold."""
    return keeper.hold(hold_id)


@router.post("/{hold_id}/release")
def end_hold(hold_id: UUID, end: HoldEnd, keeper: UseKeeper) -> HoldView:
    """Release a hold and say why; that it stood stays on record."""
    return keeper.release(hold_id, end.reason)
