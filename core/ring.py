"""The bounded buffer between a producer that may not wait and a consumer that may be slow."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """Keeps the newest `capacity` items; the oldest are dropped and counted.

    Not for use between threads without the owner's lock: it decides, it does not wait.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a ring holds at least one item")
        self._items: deque[T] = deque()
        self.capacity = capacity
        self.dropped_total = 0

    def __len__(self) -> int:
        return len(self._items)

    def push(self, item: T) -> None:
        """Add the newest item; drops the oldest when full."""
        if len(self._items) == self.capacity:
            self._items.popleft()
            self.dropped_total += 1
        self._items.append(item)

    def pop(self) -> T | None:
        """Take the oldest item, or None when there is none."""
        return self._items.popleft() if self._items else None
