"""One connection of a browser: bounded in number and in time, so that none takes the agent's files.

A station's network is open to whoever is there. uvicorn bounds requests, not connections: a
thousand that never ask anything would leave the recording no file to open.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS_MAX = 64
LIVES_S = 60.0
"""After so long an idle connection is closed; a browser opens another when it wants one."""
ASKS_WITHIN_S = 10.0
"""One that has asked nothing by then is closed."""


class BoundedConnection(H11Protocol):
    """uvicorn's, with an end to everything."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or hang up at once where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()
            return
        self._deadline = self.loop.call_later(ASKS_WITHIN_S, self._must_have_asked)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _must_have_asked(self) -> None:
        if self.cycle is None:
            self.transport.abort()
        else:
            self._deadline = self.loop.call_later(LIVES_S - ASKS_WITHIN_S, self._must_end)

    def _must_end(self) -> None:
        if self.cycle.response_complete:
            self.transport.close()
        else:
            # An answer is small and was made long ago: whoever asked does not take it.
            self._deadline = self.loop.call_later(ASKS_WITHIN_S, self.transport.abort)
