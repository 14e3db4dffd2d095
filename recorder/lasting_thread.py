"""Threads that outlive their own defects."""

import threading
from collections.abc import Callable
from random import Random

import structlog

from core.backoff import Backoff

log = structlog.get_logger(__name__)
_RETRY = Backoff(first_s=1.0, cap_s=30.0)


def lasting_thread(
    name: str, work: Callable[[], None], stopping: threading.Event, **bound: str
) -> threading.Thread:
    """A thread, not started, that does its work to the end, beginning anew when it fails.

    What is known to go wrong is handled by the work itself. Anything else is a defect: logged
    whole, and tried again, for a camera that stumbles records more than one that has stopped.
    Daemonic: work that hangs in a library must not keep a stopped agent alive.

    Args:
        name: For logs and debuggers.
        work: Returns when it is done; may be called again after it raised.
        stopping: Once set, work that fails is left.
        bound: Context of everything the thread logs.
    """

    def run() -> None:
        with structlog.contextvars.bound_contextvars(**bound):
            _until_done(name, work, stopping)

    return threading.Thread(target=run, name=name, daemon=True)


def _until_done(name: str, work: Callable[[], None], stopping: threading.Event) -> None:
    failures, random = 0, Random()  # noqa: S311 spreads retries, keeps no secret
    while True:
        try:
            work()
        except Exception:  # the supervisor of a camera's threads: it logs whole and begins anew
            log.exception("thread.failed", thread=name)
        else:
            return
        failures += 1
        if stopping.wait(_RETRY.delay_s(failures, random)):
            return
