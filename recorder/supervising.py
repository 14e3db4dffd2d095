"""Keeps the agent's duties going: none of them may end another, or the recording."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import structlog

from core.backoff import Backoff

_log = structlog.get_logger(__name__)
_RETRY = Backoff(first_s=1.0, cap_s=30.0)


async def keep_going(name: str, duty: Callable[[], Awaitable[None]], random: Random) -> None:
    """Do a duty that never ends; begin it anew when it fails, until cancelled.

    What it fails by is a defect, or it would have handled it: logged whole, and retried, for a
    station far away is better off with a duty that stumbles than without one.
    """
    failures = 0
    while True:
        try:
            await duty()
        except Exception:  # noqa: BLE001 the supervisor: see above
            _log.exception("duty.failed", duty=name)
        failures += 1
        await asyncio.sleep(_RETRY.delay_s(failures, random))
