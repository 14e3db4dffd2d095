"""Which worker carries a camera, and which one a session is at. Pure."""

import hashlib
from collections.abc import Sequence
from uuid import UUID, uuid4

MAX_WORKERS = 256


def worker_of_camera(camera_id: UUID, workers: Sequence[int]) -> int:
    """The worker that publisher and viewers of a camera meet at.

    When a worker is gone its cameras spread over the others, and nobody else's camera moves.

    Args:
        camera_id: The camera.
        workers: Those that are there, at least one.
    """

    def weight(worker: int) -> bytes:
        return hashlib.sha256(camera_id.bytes + bytes([worker])).digest()

    return max(workers, key=weight)


def session_id_at(worker: int) -> UUID:
    """A new session's id: random, but for the byte that tells where it is."""
    return UUID(bytes=bytes([worker]) + uuid4().bytes[1:])


def worker_of_session(session_id: UUID) -> int:
    """Where a session is."""
    return session_id.bytes[0]
