import asyncio
from random import Random

import pytest

from recorder.supervising import keep_going


class Quick(Random):
    def uniform(self, a: float, b: float) -> float:
        return 0.0


async def test_a_duty_that_fails_is_begun_anew():
    begun, is_enough = [], asyncio.Event()

    async def duty() -> None:
        begun.append(1)
        if len(begun) == 3:
            is_enough.set()
        raise RuntimeError("a defect")

    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(keep_going("duty", duty, Quick()))
        async with asyncio.timeout(5):
            await is_enough.wait()
        keeper.cancel()
    assert len(begun) == 3


async def test_being_told_to_end_is_no_failure():
    async def duty() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await keep_going("duty", duty, Quick())
