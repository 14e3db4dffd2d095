"""How a worker tells the front whose session is over: a number down a pair of sockets.

The pair ends with the worker, so the front hears of a worker that was killed by it as well; and
a worker whose front is gone ends itself, for nobody would ever ask it anything again.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from struct import Struct

from starlette.requests import Request

SEAT_HEADER = "x-pollcam-seat"
"""Of the front's requests to its workers; from outside it is passed to nobody."""
_NUMBER = Struct(">Q")


class Departures(asyncio.Protocol):
    """The worker's end.

    Args:
        fd: Its half of the pair, inherited.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._transport: asyncio.WriteTransport | None = None

    async def open(self) -> None:
        """Begin. Called in the loop, once."""
        half = socket.socket(fileno=self._fd)
        half.setblocking(False)  # noqa: FBT003 the socket module's own signature
        await asyncio.get_running_loop().create_connection(lambda: self, sock=half)

    def tell(self, number: int) -> None:
        """Say that who sat there has left. As many are kept waiting as sessions end at once."""
        if self._transport is not None:
            self._transport.write(_NUMBER.pack(number))

    def close(self) -> None:
        """End without ending the process."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 a socket's
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._transport is not None:
            os.kill(os.getpid(), signal.SIGTERM)


class DepartureReader(asyncio.Protocol):
    """The front's end.

    Args:
        on_left: Called with each number.
        on_gone: Called once, when the worker is no more.
    """

    def __init__(self, on_left: Callable[[int], None], on_gone: Callable[[], None]) -> None:
        self._on_left = on_left
        self._on_gone = on_gone
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        data = self._rest + data
        whole = len(data) - len(data) % _NUMBER.size
        for (number,) in _NUMBER.iter_unpack(data[:whole]):
            self._on_left(number)
        self._rest = data[whole:]

    def connection_lost(self, _error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._on_gone()


def seat_number_of(request: Request) -> int | None:
    """The seat that the front has given to a request."""
    given = request.headers.get(SEAT_HEADER, "")
    return int(given) if given.isascii() and given.isdecimal() else None
