"""What capture hands to the camera's disk thread, through a bounded buffer."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.footage import GapCause
from recorder.clock_state import ClockState
from recorder.media.boxes import Fragment
from recorder.media.init_boxes import VideoFacts
from recorder.stock.stocked import StockedObject

MAX_BYTES = 32 * 2**20
"""A minute of 4 Mbit/s. A disk that stalls for longer has failed."""
MAX_MESSAGES = 512
"""Of fragments. Messages of other kinds are taken up to twice as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBegan:
    """A new run: what its fragments need to be understood."""

    run_id: UUID
    init: bytes
    facts: VideoFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentCame:
    """The next fragment of the present run."""

    run_id: UUID
    fragment: Fragment
    start_utc: datetime
    clock: ClockState


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """No more fragments of the present run."""

    cause: GapCause | None
    """What comes after; None: the next run follows at once."""
    goes_on: bool = False
    """The next run's first picture came straight after this one's last, though the times that
    the two bear may be some seconds apart: nothing is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """Nothing can be captured now."""

    cause: GapCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Forfeit:
    """A segment is to be given up; put by the station, not by capture."""

    stocked: StockedObject
    cause: GapCause


Message = RunBegan | FragmentCame | RunEnded | Blamed | Forfeit


class Inbox:
    """Capture puts and never waits; the disk thread takes.

    When the disk is so slow that the buffer is full, new fragments are dropped and counted until
    there is room: what is already here is older and touches what was written. Messages that are
    not fragments are few and small, and find room for longer.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._messages: deque[Message] = deque()
        self._held_bytes = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self.dropped_pictures_total = 0

    def put(self, message: Message) -> bool:
        """Hand over; false when it was dropped, or came after the end."""
        with self._changed:
            if self._is_closed:
                return False
            if self._is_full_for(message):
                self.dropped_pictures_total += _pictures(message)
                return False
            self._held_bytes += _size_bytes(message)
            self._messages.append(message)
            self._changed.notify()
            return True

    def _is_full_for(self, message: Message) -> bool:
        if not isinstance(message, FragmentCame):
            return len(self._messages) >= 2 * MAX_MESSAGES
        is_heavy = self._held_bytes + _size_bytes(message) > self._max_bytes
        return is_heavy or len(self._messages) >= MAX_MESSAGES

    def take(self, timeout_s: float) -> Message | None:
        """The oldest message; None when none came in time, or all is taken and closed."""
        with self._changed:
            if not self._messages and not self._is_closed:
                self._changed.wait(timeout_s)
            if not self._messages:
                return None
            message = self._messages.popleft()
            self._held_bytes -= _size_bytes(message)
            return message

    def close(self) -> None:
        """Nothing more will be taken in. From any thread; twice is fine."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @property
    def is_done(self) -> bool:
        """Whether it is closed and empty."""
        with self._changed:
            return self._is_closed and not self._messages


def _size_bytes(message: Message) -> int:
    return len(message.fragment.data) if isinstance(message, FragmentCame) else 0


def _pictures(message: Message) -> int:
    return message.fragment.sample_count if isinstance(message, FragmentCame) else 0
