"""The sessions of a node: begun by an answer, found by their id, ended for one cause each."""

import asyncio
from collections.abc import Callable, Iterator
from uuid import UUID

import structlog

from core.clock import Clock
from streamer.errors import LinkFailedError, NoSuchSessionError
from streamer.metrics import Metrics
from streamer.session import Direction, Session

_log = structlog.get_logger(__name__)


class Sessions:
    """Runs sessions; one that fails ends alone.

    Args:
        tasks: Lives as long as the node.
        metrics: Where they are counted.
        clock: For their durations.
    """

    def __init__(self, tasks: asyncio.TaskGroup, metrics: Metrics, clock: Clock) -> None:
        self._tasks = tasks
        self._metrics = metrics
        self._clock = clock
        self._running: dict[UUID, Session] = {}

    def __len__(self) -> int:
        return len(self._running)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._running.values()))

    def begin(self, session: Session, on_end: Callable[[], None]) -> None:
        """Run a session whose answer is about to be sent.

        Args:
            session: The session.
            on_end: Called once when it is over, however it ended.
        """
        self._running[session.session_id] = session
        self._metrics.sessions_begun.labels(session.direction.value).inc()
        self._tasks.create_task(self._run(session, on_end))

    def find(self, session_id: UUID, direction: Direction) -> Session:
        """A running session.

        Raises:
            NoSuchSessionError: It has ended, or never was.
        """
        session = self._running.get(session_id)
        if session is None or session.direction is not direction:
            raise NoSuchSessionError("there is no such session")
        return session

    async def end(self, session: Session) -> None:
        """End it now: its peer is told, its ports are free, its id is forgotten."""
        session.asked_to_end.set()
        self._running.pop(session.session_id, None)
        await session.link.close()

    async def end_publishers_before(self, newest: Session) -> None:
        """End the other sessions that publish the same stream: the newest takes over."""
        for session in self:
            is_rival = session.direction is Direction.WHIP and session is not newest
            if is_rival and session.key == newest.key:
                await self.end(session)

    async def end_all(self) -> None:
        """End every session, for the node goes down."""
        async with asyncio.TaskGroup() as tasks:
            for session in self:
                tasks.create_task(self.end(session))

    async def _run(self, session: Session, on_end: Callable[[], None]) -> None:
        camera_id, stream = session.key.labels
        facts = {
            "protocol": session.direction.value,
            "camera_id": camera_id,
            "stream": stream,
            "session_id": str(session.session_id),
        }
        began_s = self._clock.monotonic_s()
        _log.info("session.began", **facts)
        try:
            cause = await self._outcome(session, began_s)
        finally:
            self._running.pop(session.session_id, None)
            on_end()
        self._metrics.sessions_ended.labels(session.direction.value, cause).inc()
        duration_s = round(self._clock.monotonic_s() - began_s, 3)
        _log.info("session.ended", cause=cause, duration_s=duration_s, **facts)

    async def _outcome(self, session: Session, began_s: float) -> str:
        connects = self._metrics.connect_seconds.labels(session.direction.value)
        try:
            await session.run(lambda: connects.observe(self._clock.monotonic_s() - began_s))
        except LinkFailedError as error:
            return "deleted" if session.asked_to_end.is_set() else _cause_of(error)
        except Exception:  # noqa: BLE001 a supervisor, see below
            # The supervisor of sessions: a fault in one must not end the node for all.
            _log.exception("session.failed", session_id=str(session.session_id))
            return "fault"
        return "deleted" if session.asked_to_end.is_set() else "left"


def _cause_of(error: LinkFailedError) -> str:
    return "unreachable" if isinstance(error.__cause__, TimeoutError) else "link_failed"
