"""The station's uplink: entries at once, footage when it can, for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import structlog

from core.backoff import Backoff
from core.clock import Clock
from recorder.centre.centre import Centre
from recorder.centre.errors import CentreError
from recorder.errors import DiskError
from recorder.steps import Reached, go_on
from recorder.stock.file import StockError
from recorder.stock.stock import Stock
from recorder.uplink.counters import UplinkCounters
from recorder.uplink.lines import LineSender
from recorder.uplink.objects import ObjectSender, OnVanished
from recorder.uplink.throttle import Throttle
from recorder.uplink.turn import Turn

_LOOK_S = 0.5
"""How soon a new line or object is noticed."""
_LINES_RETRY = Backoff(first_s=0.5, cap_s=15.0)
_OBJECTS_RETRY = Backoff(first_s=1.0, cap_s=30.0)

_log = structlog.get_logger(__name__)


class Uplink:
    """Hands over everything in the stock, and retries for ever.

    Lines and footage go side by side, so that a large upload never holds up the lines of newer
    footage; after an absence of the centre, the lines that are owed go first. All state is in the
    stock and at the centre: killed at any point, another uplink goes on.

    Args:
        stock: The station's; its calls run in threads, for they may wait for the disk and for
            cameras.
        centre: Where to.
        clock: Time.
        random: Spreads retries.
        max_kbps: Cap on footage, kilobits a second; lines count and do not wait. None: none.
        newest_first: Order of segments.
        on_vanished: Told of a segment whose file is gone, once in a while until the stock says so.
        reached: Told of each durable step, in the loop's thread.
    """

    def __init__(
        self,
        *,
        stock: Stock,
        centre: Centre,
        clock: Clock,
        random: Random,
        max_kbps: int | None,
        newest_first: bool,
        on_vanished: OnVanished,
        reached: Reached = go_on,
    ) -> None:
        self.counters = UplinkCounters()
        self._random = random
        self._throttle = Throttle(max_kbps, clock)
        self._lines = LineSender(
            stock=stock,
            centre=centre,
            clock=clock,
            random=random,
            throttle=self._throttle,
            counters=self.counters,
            reached=reached,
        )
        self._objects = ObjectSender(
            stock=stock,
            centre=centre,
            clock=clock,
            random=random,
            throttle=self._throttle,
            counters=self.counters,
            reached=reached,
            newest_first=newest_first,
            on_unknown=self._lines.ask_heads,
            on_vanished=on_vanished,
        )

    async def run(self) -> None:
        """Hand over until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._for_ever("lines", self._lines.take_turn, _LINES_RETRY))
            tasks.create_task(self._for_ever("objects", self._take_object_turn, _OBJECTS_RETRY))

    def apply(self, *, max_kbps: int | None, newest_first: bool) -> None:
        """Take what the centre wants; an upload that is under way follows the new cap."""
        self._throttle.set_cap(max_kbps)
        self._objects.is_newest_first = newest_first

    async def _take_object_turn(self) -> Turn:
        return Turn.IDLE if self._lines.is_catching_up else await self._objects.take_turn()

    async def _for_ever(
        self, what: str, take_turn: Callable[[], Awaitable[Turn]], retry: Backoff
    ) -> None:
        failures = 0
        while True:
            asked_s = 0.0
            try:
                turn = await take_turn()
            except (CentreError, StockError, DiskError) as error:
                turn = Turn.IN_VAIN
                asked_s = getattr(error, "retry_after_s", 0.0)
                self._note_failure(what, error, failures + 1)
            failures = failures + 1 if turn is Turn.IN_VAIN else 0
            await asyncio.sleep(self._pause_s(turn, failures, retry, asked_s))

    def _pause_s(self, turn: Turn, failures: int, retry: Backoff, asked_s: float) -> float:
        match turn:
            case Turn.GAINED:
                return 0.0
            case Turn.IDLE:
                return _LOOK_S
            case Turn.IN_VAIN:
                return max(retry.delay_s(failures, self._random), asked_s)

    def _note_failure(self, what: str, error: Exception, failures: int) -> None:
        self.counters.failures_total += 1
        if failures == 1:  # the heartbeat tells how it goes on; one line for each absence
            _log.warning("uplink.failed", what=what, reason=str(error))
