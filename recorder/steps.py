"""Every point between two durable steps of the record path, by name.

The agent runs with a hook that does nothing. The fault tests give one that kills the process,
and show that nothing is lost or doubled whichever step was the last.
"""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """Each is reached when what its name says is done and nothing after it."""

    INIT_WRITTEN = "init_written"
    """The run's init is durable; no entry names it."""
    START_JOURNALLED = "start_journalled"
    START_STOCKED = "start_stocked"
    SEGMENT_OPENED = "segment_opened"
    FRAGMENT_APPENDED = "fragment_appended"
    SEGMENT_SYNCED = "segment_synced"
    """The closed segment's bytes are durable under its open name."""
    SEGMENT_LINKED = "segment_linked"
    """It has its final name too; no entry states it."""
    SEGMENT_JOURNALLED = "segment_journalled"
    SEGMENT_STOCKED = "segment_stocked"
    SEGMENT_CLOSED = "segment_closed"
    """Its open name is gone."""
    GAP_JOURNALLED = "gap_journalled"
    GAP_STOCKED = "gap_stocked"
    STOP_JOURNALLED = "stop_journalled"
    EVICTION_JOURNALLED = "eviction_journalled"
    """The gap that an eviction leaves is stated; the file still stands."""
    EVICTION_UNLINKED = "eviction_unlinked"
    EVICTION_STOCKED = "eviction_stocked"
    LINES_SENT = "lines_sent"
    """Upload: the centre answered; the stock does not know yet."""
    LINES_MARKED = "lines_marked"
    GRANTED = "granted"
    OBJECT_PUT = "object_put"
    OBJECT_CONFIRMED = "object_confirmed"
    OBJECT_MARKED = "object_marked"


Reached = Callable[[Step], None]
"""Called at each step, in the thread that made it."""


def go_on(step: Step) -> None:
    """The agent's own hook."""
