"""`/api/v1/events`: what changes, as it changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.events import Audience
from api.narrator import first_events
from api.routes.status import current_fleet
from api.services import Services, Use
from api.v1 import V1
from core.errors import ExhaustedError

_LONGEST_S = 600.0
"""Then the browser connects anew, and who lost an account or a right meanwhile is not let in."""

router = APIRouter(prefix=V1, tags=["events"])


@router.get("/events", response_class=StreamingResponse)
async def stream_events(
    services: Use, account: Annotated[Account, Depends(require(Right.SEE_STATUS))]
) -> StreamingResponse:
    """Server-sent events: `fleet`, `tick` and, for those who may see them, `incident`."""
    if not services.events.has_room_for(account.account_id):
        raise ExhaustedError("too many pages listen at this moment", 10.0)
    return StreamingResponse(
        _stream(services, account),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


def audience_of(account: Account) -> Audience:
    """What the account's regions and rights let it see."""
    return Audience(
        regions=tuple(sorted(account.regions)), sees_incidents=account.has(Right.SEE_INCIDENTS)
    )


async def _stream(services: Services, account: Account) -> AsyncIterator[bytes]:
    audience = audience_of(account)
    # Subscribed before everything is read: what changes in between comes twice, not never.
    with services.events.subscription(audience, account.account_id) as subscriber:
        snapshot = await to_thread.run_sync(current_fleet, services)
        for event in await to_thread.run_sync(first_events, snapshot, audience):
            yield event.encoded
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                async for message in subscriber.stream():
                    yield message
