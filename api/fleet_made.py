"""What is made of one snapshot, for all who ask: each thing once."""

from collections.abc import Callable, Hashable
from threading import RLock
from typing import TypeVar, cast

T = TypeVar("T")

_MAX_KEPT = 256
"""What was typed into a search is part of some keys: beyond this, it is made for whoever asks."""


class Made:
    """Makes each thing once, however many ask at the same moment, and is gone with its snapshot.

    Hundreds of pages then cost what one does. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = RLock()  # one thing may be made of another
        self._things: dict[Hashable, object] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of this key; a key always stands for the same thing."""
        with self._lock:
            if key in self._things:
                return cast("T", self._things[key])
            thing = make()
            if len(self._things) < _MAX_KEPT:
                self._things[key] = thing
            return thing
