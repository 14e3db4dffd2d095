"""Work that goes on beside the stage, for the time of a block."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_END_WITHIN_S = 120.0


@contextmanager
def meanwhile(work: Callable[[], None], *, every_s: float, name: str) -> Iterator[None]:
    """Do it again and again in a thread of its own; none of it is left behind the block.

    Args:
        work: One turn.
        every_s: The pause before each.
        name: Of the thread.
    """
    ended = threading.Event()

    def turn() -> None:
        while not ended.wait(every_s):
            work()

    thread = threading.Thread(target=turn, name=name)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=_END_WITHIN_S)
        assert not thread.is_alive(), f"the {name} did not end in {_END_WITHIN_S} s"
