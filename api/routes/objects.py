"""`PUT /api/v1/agent/objects/{grant}`: the bytes themselves, where objects are kept on disk."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from anyio import CapacityLimiter, from_thread, to_thread
from fastapi import APIRouter, Depends, Request, status
from starlette.requests import ClientDisconnect

from api.auth.current import anybody
from api.services import Use
from api.v1 import V1
from core.clock import Clock
from core.errors import UnavailableError

_CHUNK_WAIT_S = 30.0
_SLOWEST_BYTES_PER_S = 1024
"""The poorest modem does better. A byte now and then would hold a place for ever."""

router = APIRouter(prefix=V1, tags=["agent"])

# Threads of their own: stations with slow links must not occupy those that answer people.
_slots = CapacityLimiter(16)


class UploadBrokenError(UnavailableError):
    """The station stopped sending before the end; nothing was kept."""


@router.put(
    "/agent/objects/{grant}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[Depends(anybody)],  # the grant is the right
)
async def put_object(grant: str, request: Request, services: Use) -> None:
    """Store the bytes of one granted object; they are checked as they come."""
    chunks = _in_thread(request.stream(), services.clock)
    await to_thread.run_sync(services.ingest.receive, grant, chunks, limiter=_slots)


def is_too_slow(taken_bytes: int, passed_s: float) -> bool:
    """Whether an upload makes so little progress that others should have its place. Pure."""
    return passed_s > _CHUNK_WAIT_S and taken_bytes < passed_s * _SLOWEST_BYTES_PER_S


def _in_thread(stream: AsyncIterator[bytes], clock: Clock) -> Iterator[bytes]:
    # One chunk is asked for when the one before is written: nothing piles up.
    begun_s, taken_bytes = clock.monotonic_s(), 0
    while (chunk := from_thread.run(_next_chunk, stream)) is not None:
        taken_bytes += len(chunk)
        if is_too_slow(taken_bytes, clock.monotonic_s() - begun_s):
            raise UploadBrokenError("the upload hardly moves; others need its place")
        yield chunk


async def _next_chunk(stream: AsyncIterator[bytes]) -> bytes | None:
    try:
        async with asyncio.timeout(_CHUNK_WAIT_S):
            return await anext(stream, None)
    except (TimeoutError, ClientDisconnect) as error:
        raise UploadBrokenError("the upload stopped before its end") from error
