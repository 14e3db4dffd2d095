"""Who is at which worker: what makes the limits those of the whole node. Pure."""

from dataclasses import dataclass
from itertools import count
from uuid import UUID

from streamer.limits import Claim, Limits, Occupancy


@dataclass(slots=True, kw_only=True)
class _Seat:
    worker: int
    claim: Claim
    session_id: UUID | None = None


class Ledger:
    """Seats that were given, by a number that the worker gives back when a session is over.

    Args:
        limits: Of all workers together.
    """

    def __init__(self, limits: Limits) -> None:
        self._occupancy = Occupancy(limits)
        self._numbers = count(1)
        self._taken: dict[int, _Seat] = {}
        self._numbers_of: dict[UUID, int] = {}
        self._publishers_of: dict[UUID, list[int]] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, worker: int, claim: Claim) -> int:
        """Give a seat at a worker.

        Raises:
            OverloadedError: A limit of the node is reached; nothing was counted.
        """
        self._occupancy.take(claim)
        number = next(self._numbers)
        self._taken[number] = _Seat(worker=worker, claim=claim)
        if claim.action.is_publishing:
            self._publishers_of.setdefault(claim.camera_id, []).append(number)
        return number

    def name(self, number: int, session_id: UUID) -> None:
        """Note which session has a seat; does nothing when it is over already."""
        seat = self._taken.get(number)
        if seat is not None:
            seat.session_id = session_id
            self._numbers_of[session_id] = number

    def subject_of(self, session_id: UUID) -> str | None:
        """Whose session it is; None: there is no such session."""
        number = self._numbers_of.get(session_id)
        return None if number is None else self._taken[number].claim.subject

    def worker_publishing(self, camera_id: UUID) -> int | None:
        """Where a camera's newest publisher is; None: there is none."""
        numbers = self._publishers_of.get(camera_id)
        return self._taken[numbers[-1]].worker if numbers else None

    def leave(self, number: int) -> None:
        """Count a seat out; does nothing the second time."""
        seat = self._taken.pop(number, None)
        if seat is None:
            return
        self._occupancy.leave(seat.claim)
        if seat.claim.action.is_publishing:
            self._forget_publisher(seat.claim.camera_id, number)
        if seat.session_id is not None:
            del self._numbers_of[seat.session_id]

    def _forget_publisher(self, camera_id: UUID, number: int) -> None:
        numbers = self._publishers_of[camera_id]
        numbers.remove(number)
        if not numbers:
            del self._publishers_of[camera_id]

    def leave_all_at(self, worker: int) -> None:
        """A worker is no more, and with it all its sessions."""
        for number in [n for n, seat in self._taken.items() if seat.worker == worker]:
            self.leave(number)
