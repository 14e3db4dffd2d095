"""Asks a disk that may never answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from core.clock import Clock

Answer = TypeVar("Answer")


class DiskQuestion(Generic[Answer]):
    """One question, put as often as anybody likes and never twice at a time. From any thread.

    It is asked in a thread of its own, so a disk that hangs holds that one and nobody else, not
    even an agent that is told to end.

    Args:
        ask: Asks the disk.
        clock: Time.
    """

    def __init__(self, ask: Callable[[], Answer], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: Future[Answer] | None = None
        self._asked_s = 0.0

    def answer(self, within_s: float) -> Answer | None:
        """What the disk says, to this call or to one that is waiting already.

        Args:
            within_s: Since it was asked.

        Returns:
            None: it has owed an answer for so long.

        Raises:
            Exception: Whatever `ask` does.
        """
        with self._lock:
            asked = self._pending()
            left_s = self._asked_s + within_s - self._clock.monotonic_s()
        try:
            return asked.result(max(0.0, left_s))
        except TimeoutError:
            return None

    def _pending(self) -> Future[Answer]:
        asked = self._asked
        if asked is None or asked.done():
            asked = self._asked = Future()
            self._asked_s = self._clock.monotonic_s()
            threading.Thread(
                target=self._work, args=(asked,), name="disk-question", daemon=True
            ).start()
        return asked

    def _work(self, asked: Future[Answer]) -> None:
        try:
            asked.set_result(self._ask())
        except Exception as error:  # noqa: BLE001 whose it is, is who waits for the answer
            asked.set_exception(error)
