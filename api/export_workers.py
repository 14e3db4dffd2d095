"""Works off exports beside the requests: by one process at a time, in few threads."""

import fcntl
import os
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from api.services import Services

_LOCK_NAME = ".workers.lock"


class ExportWorkers:
    """The right of this process to make exports, and the work.

    Of several processes over one data directory, the first holds a lock and works; when it
    ends, however it ends, another takes over and begins anew what was cut off.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._exports = services.exports
        self._path = services.settings.data_dir / "exports" / _LOCK_NAME
        self._lock: int | None = None
        self._threads = CapacityLimiter(services.settings.export_workers + 1)

    async def work(self) -> None:
        """Make all exports that wait."""
        while self._may_work() and await self._make_next() is not None:
            pass

    async def expire(self) -> None:
        """Delete packages that were kept long enough."""
        if self._may_work():
            lifetime = self._services.settings.export_lifetime
            await to_thread.run_sync(self._exports.expire, lifetime, limiter=self._threads)

    def close(self) -> None:
        """Let another process work."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _make_next(self) -> UUID | None:
        # An export cut off by the end of the process begins anew: nobody waits for it here.
        return await to_thread.run_sync(
            self._exports.run_next, limiter=self._threads, abandon_on_cancel=True
        )

    def _may_work(self) -> bool:
        if self._lock is not None:
            return True
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._exports.requeue_interrupted()
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._lock = descriptor
        return True
