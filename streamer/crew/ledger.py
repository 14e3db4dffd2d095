"""Who is at which worker: what makes the limits those of the whole node. Pure."""

from itertools import count

from streamer.limits import Claim, Limits, Occupancy


class Ledger:
    """Seats that were given, by a number that the worker gives back when a session is over.

    Args:
        limits: Of all workers together.
    """

    def __init__(self, limits: Limits) -> None:
        self._occupancy = Occupancy(limits)
        self._numbers = count(1)
        self._taken: dict[int, tuple[int, Claim]] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, worker: int, claim: Claim) -> int:
        """Give a seat at a worker.

        Raises:
            OverloadedError: A limit of the node is reached; nothing was counted.
        """
        self._occupancy.take(claim)
        number = next(self._numbers)
        self._taken[number] = (worker, claim)
        return number

    def leave(self, number: int) -> None:
        """Count a seat out; does nothing the second time."""
        taken = self._taken.pop(number, None)
        if taken is not None:
            self._occupancy.leave(taken[1])

    def leave_all_at(self, worker: int) -> None:
        """A worker is no more, and with it all its sessions."""
        for number in [n for n, (at, _) in self._taken.items() if at == worker]:
            self.leave(number)
