"""Which ports the parts listen on."""

import socket

from core.errors import SettingsError

HOST = "127.0.0.1"
STREAMER_PORT = 8081
FIRST_STATION_PORT = 8088


def checked_port(port: int) -> int:
    """The port of the pages; 0 becomes a free one.

    Raises:
        SettingsError: Somebody has it, or it may not be had.
    """
    try:
        return _listenable(port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(
            f"port {port} cannot be used: {reason}; give another by --port"
        ) from error


class Ports:
    """Gives each part a port of its own, the preferred one where it is free."""

    def __init__(self, taken: int) -> None:
        self._given = {taken}

    def near(self, preferred: int) -> int:
        """This port, else any that is free."""
        for port in (preferred, *[0] * 20):
            try:
                found = _listenable(port) if port not in self._given else 0
            except OSError:
                continue
            if found and found not in self._given:
                self._given.add(found)
                return found
        raise SettingsError("no free port was found on this machine")


def _listenable(port: int) -> int:
    with socket.socket() as tried:
        # As the parts do: what a process that just ended leaves behind is no hindrance.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind((HOST, port))
        tried.listen()
        return int(tried.getsockname()[1])


def media_addresses() -> tuple[str, ...]:
    """Where this machine's browsers reach the streamer: loopback, and what the network knows.

    Chromium takes either; Firefox does not send to loopback.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # sends nothing: asks for the way out
            own = asked.getsockname()[0]
        except OSError:
            return (HOST,)
    return tuple(dict.fromkeys((HOST, own)))
