"""Where the page listens."""

import errno
import socket
from dataclasses import dataclass

from core.errors import SettingsError

_BACKLOG = 32
_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


@dataclass(frozen=True, slots=True)
class Listening:
    """An address to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_listening(text: str) -> Listening:
    """Read `host:port`; an IPv6 host stands in brackets.

    Raises:
        SettingsError: It is something else.
    """
    host, colon, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if is_bracketed else host
    is_port = port.isascii() and port.isdecimal() and int(port) < 2**16
    if not (colon and bare and is_port) or (":" in bare) is not is_bracketed:
        raise SettingsError(f"listen must be host:port, as in [::]:8088, and is {text!r}")
    return Listening(bare, int(port))


def open_listener(listening: Listening) -> socket.socket:
    """Listen there. `::` takes IPv4 too, and means it alone on a machine without IPv6.

    Raises:
        OSError: It cannot be had now.
    """
    try:
        return _open(listening)
    except OSError as error:
        if listening.host == "::" and error.errno in _NO_IPV6:
            return _open(Listening("0.0.0.0", listening.port))  # noqa: S104 what `::` asks for
        raise


def _open(listening: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((listening.host, listening.port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
