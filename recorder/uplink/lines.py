"""Sends signed journal lines: hash first, video later."""

import asyncio
from random import Random

import structlog

from core.clock import Clock
from core.wire.upload import MAX_BATCH, ChainHead, EntriesReply
from recorder.centre.centre import Centre
from recorder.centre.errors import CentreError, CentreUnreachableError
from recorder.steps import Reached, Step
from recorder.stock.stock import Stock
from recorder.stock.stocked import UnsentLine
from recorder.uplink.batches import Chain, stuck_chains
from recorder.uplink.counters import UplinkCounters
from recorder.uplink.setbacks import Setbacks
from recorder.uplink.throttle import Throttle
from recorder.uplink.turn import Turn

_log = structlog.get_logger(__name__)


class LineSender:
    """Sends what the centre has not acknowledged, oldest first, one request at a time.

    Args:
        stock: Where lines lie.
        centre: Where they go.
        clock: Time.
        random: Spreads retries.
        throttle: Is told of what goes; lines never wait for it.
        counters: Are kept.
        reached: Told of each step.
    """

    def __init__(
        self,
        *,
        stock: Stock,
        centre: Centre,
        clock: Clock,
        random: Random,
        throttle: Throttle,
        counters: UplinkCounters,
        reached: Reached,
    ) -> None:
        self.is_catching_up = True
        """Whether lines are going out that footage has to wait for."""
        self._stock = stock
        self._centre = centre
        self._clock = clock
        self._throttle = throttle
        self._counters = counters
        self._reached = reached
        self._knows_heads = False
        self._heads: dict[Chain, int] = {}
        self._stuck: Setbacks[Chain] = Setbacks(random)

    def ask_heads(self) -> None:
        """The centre seems to have forgotten lines: ask it what it has before the next ones."""
        self._knows_heads = False

    async def take_turn(self) -> Turn:
        """Send one request's worth.

        Raises:
            CentreError, StockError: Not done; to be repeated.
        """
        try:
            return await self._send() if self._knows_heads else await self._learn_heads()
        except CentreUnreachableError:
            raise  # nobody gets through; when somebody does, lines go first
        except CentreError:
            self.is_catching_up = False
            raise

    async def _learn_heads(self) -> Turn:
        reply = await self._centre.entries(())
        await asyncio.to_thread(self._stock.mark_heads, reply.heads, is_complete=True)
        self._note_heads(reply.heads)
        self._knows_heads = self.is_catching_up = True
        return Turn.GAINED

    async def _send(self) -> Turn:
        held = self._stuck.held(self._clock.monotonic_s())
        lines = await asyncio.to_thread(self._stock.unsent_lines, MAX_BATCH, without=held)
        self.is_catching_up = bool(lines)
        if not lines:
            return Turn.IDLE
        texts = [line.line for line in lines]
        self._throttle.spend(sum(map(len, texts)))
        reply = await self._centre.entries(texts)
        self._reached(Step.LINES_SENT)
        await asyncio.to_thread(self._stock.mark_heads, reply.heads)
        self._reached(Step.LINES_MARKED)
        return self._judge(lines, reply)

    def _judge(self, lines: list[UnsentLine], reply: EntriesReply) -> Turn:
        now_s = self._clock.monotonic_s()
        chains = {(line.camera_id, line.epoch) for line in lines}
        stuck = stuck_chains(lines, reply.heads, self._heads)
        for chain in chains - stuck:
            self._stuck.forget(chain)
        for chain in stuck:
            self._stuck.note(chain, now_s)
        for sentence in reply.refused:
            _log.error("line.refused", reason=sentence)
        self._note_heads(reply.heads)
        self._counters.lines_refused_total += len(reply.refused)
        self._counters.entries_sent_total += _acknowledged(lines, self._heads)
        self._counters.last_success_s = now_s
        return Turn.GAINED if chains - stuck else Turn.IN_VAIN

    def _note_heads(self, heads: tuple[ChainHead, ...]) -> None:
        self._heads |= {(head.camera_id, head.epoch): head.seq for head in heads}


def _acknowledged(lines: list[UnsentLine], heads: dict[Chain, int]) -> int:
    return sum(line.seq <= heads.get((line.camera_id, line.epoch), -1) for line in lines)
