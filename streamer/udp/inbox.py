"""DTLS records on their way to aiortc, which waits for them as for an ICE connection."""

import asyncio

from core.ring import Ring

CAPACITY = 32
"""A handshake has some ten records a flight; what is too much is repeated by its sender."""


class Inbox:
    """Holds records until they are taken; the oldest go first when there are too many."""

    def __init__(self) -> None:
        self._records: Ring[bytes] = Ring(CAPACITY)
        self._arrived = asyncio.Event()
        self._is_closed = False

    def put(self, record: bytes) -> None:
        """Add a record. Never waits."""
        self._records.push(record)
        self._arrived.set()

    def close(self) -> None:
        """Nothing more comes."""
        self._is_closed = True
        self._arrived.set()

    async def take(self) -> bytes:
        """The next record.

        Raises:
            ConnectionError: The inbox is closed.
        """
        while not self._is_closed:
            record = self._records.pop()
            if record is not None:
                return record
            self._arrived.clear()
            await self._arrived.wait()
        raise ConnectionError("the link is closed")
