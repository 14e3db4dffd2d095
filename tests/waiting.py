"""Waiting for something to become true, with a deadline and without guessing how long it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 90.0
"""For what takes a second, on a machine that many share: only a test that fails waits so long."""
_ASK_EVERY_S = 0.2
"""Of another process, which may count how often it is asked."""


def wait_until(condition: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Poll until it holds; fail with `what` when it does not hold in time."""
    deadline_s = time.monotonic() + within_s  # noqa: TID251 a test waits for real
    while not condition():
        if time.monotonic() > deadline_s:  # noqa: TID251 a test waits for real
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.02)


async def until(condition: Callable[[], bool], *, within_s: float, what: str) -> None:
    """The same for code that runs in this event loop."""
    deadline_s = time.monotonic() + within_s  # noqa: TID251 a test waits for real
    while not condition():
        if time.monotonic() > deadline_s:  # noqa: TID251 a test waits for real
            raise AssertionError(f"not within {within_s} s: {what}")
        await asyncio.sleep(0.02)


async def until_answer(
    ask: Callable[[], Awaitable[T]], is_right: Callable[[T], bool], *, within_s: float, what: str
) -> T:
    """The same for what somebody else must be asked: the first answer that is right."""
    deadline_s = time.monotonic() + within_s  # noqa: TID251 a test waits for real
    while not is_right(answer := await ask()):
        if time.monotonic() > deadline_s:  # noqa: TID251 a test waits for real
            raise AssertionError(f"not within {within_s} s: {what}")
        await asyncio.sleep(_ASK_EVERY_S)
    return answer
