import asyncio

from recorder.uplink.throttle import Throttle
from tests.fakes.clock import FakeClock


async def test_who_waits_under_the_old_cap_goes_on_by_the_new_one():
    throttle = Throttle(1, FakeClock())
    throttle.spend(10**9)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(throttle.turn(1024))
        await asyncio.sleep(0)
        assert not waiting.done()
        throttle.set_cap(None)


async def test_a_change_that_helps_nobody_leaves_them_waiting():
    throttle = Throttle(1, FakeClock())
    throttle.spend(10**9)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(throttle.turn(1024))
        await asyncio.sleep(0)
        throttle.set_cap(2)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
