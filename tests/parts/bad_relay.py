"""The bad network as a relay, in a loop of its own: needs no rights and no special kernel."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, Self

from tests.parts.bad_link import LOOPBACK, BadLink, Conditions


class Relay:
    """A relay to one engine.

    Args:
        port: The engine's UDP port.
        conditions: How bad.
        host: The engine's address.
    """

    def __init__(self, port: int, conditions: Conditions, host: str = LOOPBACK) -> None:
        self._link = BadLink(port, conditions, host=host)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._link.open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def relay_port(self) -> int | None:
        """Where a viewer has to send instead."""
        return int(self._link.port)

    def cut(self, *, is_cut: bool) -> None:
        """Let nothing pass, or let it pass again."""
        self._link.is_cut = is_cut

    def move(self) -> None:
        """Speak to the engine from another port."""
        self._do(self._link.move())

    def become(self, conditions: Conditions) -> None:
        """Be as bad as that from now on."""
        self._link.conditions = conditions

    async def _close(self) -> None:
        self._link.close()
        await asyncio.sleep(0)  # sockets are closed by the loop's next round

    def _do(self, step: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(timeout=5)
