"""The bad network as a relay, in a loop of its own: needs no rights and no special kernel."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, Self

from benchmarks.badlink.links import Place
from tests.parts.bad_link import BadLink, Conditions


class Relay:
    """A relay to one engine.

    Args:
        place: The engine's.
        conditions: How bad.
    """

    def __init__(self, place: Place, conditions: Conditions) -> None:
        self._link = BadLink(place.udp_port, conditions, host=place.host)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._link.open())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._link.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def relay_port(self) -> int | None:
        """See `BadNetwork`."""
        return int(self._link.port)

    def cut(self, *, is_cut: bool) -> None:
        """See `BadNetwork`."""
        self._link.is_cut = is_cut

    def move(self) -> None:
        """See `BadNetwork`."""
        self._do(self._link.move())

    def _do(self, step: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(timeout=5)


@contextmanager
def relayed(place: Place, conditions: Conditions) -> Iterator[Relay]:
    """A relay for the time of the block."""
    with Relay(place, conditions) as relay:
        yield relay
