"""What goes into the next requests. Pure."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from uuid import UUID

from core.wire.upload import ChainHead
from recorder.stock.stocked import StockedObject, UnsentLine

MAX_OBJECTS = 32
"""In one batch: the centre reads each of them back before it confirms."""
_BATCH_S = 15.0
"""What a batch should take: the newest footage waits no longer than that for its turn, and no
grant, which holds for minutes, runs out before its turn."""
_FIRST_GUESS_BYTES_PER_S = 125_000.0
_WEIGHT = 0.3

Chain = tuple[UUID, UUID]
"""Camera and epoch."""


class Throughput:
    """What the link carries, from the uploads that it carried."""

    def __init__(self) -> None:
        self.bytes_per_s = _FIRST_GUESS_BYTES_PER_S

    def note(self, size_bytes: int, took_s: float) -> None:
        """Learn from one upload; small ones tell of delay alone and count for less."""
        if took_s <= 0:
            return
        weight = _WEIGHT * min(1.0, size_bytes / self.bytes_per_s)
        self.bytes_per_s += weight * (size_bytes / took_s - self.bytes_per_s)


def next_batch(wanted: Sequence[StockedObject], bytes_per_s: float) -> Sequence[StockedObject]:
    """The first of these that go through the link in a batch's time; one at the least."""
    room_bytes = bytes_per_s * _BATCH_S
    sizes = [stocked.size_bytes for stocked in wanted[:MAX_OBJECTS]]
    fitting = list(takewhile(lambda n: sum(sizes[:n]) <= room_bytes, range(1, len(sizes) + 1)))
    return wanted[: max(1, len(fitting))]


def stuck_chains(
    sent: Sequence[UnsentLine], heads: Sequence[ChainHead], before: Mapping[Chain, int]
) -> set[Chain]:
    """Of the chains in a request, those that got no further by it: to be left alone for a while.

    Args:
        sent: The lines.
        heads: The answer.
        before: The last heads known from answers.
    """
    last = {(line.camera_id, line.epoch): line.seq for line in sent}
    now = {(head.camera_id, head.epoch): head.seq for head in heads}
    return {
        chain
        for chain, seq in last.items()
        if chain not in now or (now[chain] < seq and now[chain] == before.get(chain))
    }
