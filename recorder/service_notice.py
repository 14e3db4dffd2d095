"""Tells systemd that the agent is up and that its loops turn.

Source: sd_notify(3).
"""

import contextlib
import os
import socket
from collections.abc import Mapping


class ServiceNotice:
    """The service manager's socket; without one, nothing is told to anybody.

    Args:
        environ: Where the service manager put the socket's name.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name

    def ready(self) -> None:
        """Recording has been started."""
        self._say("READY=1")

    def alive(self) -> None:
        """Keep the watchdog quiet."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The end is on purpose."""
        self._say("STOPPING=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as link,
        ):
            link.connect(self._address)
            link.send(words.encode())
