"""Ports for what is told its port before it is started."""

import os
import socket
from itertools import count

_FIRST, _LAST = 15_000, 32_000
"""Below those that Linux gives to outgoing connections: nobody is given one of these meanwhile."""
_SLICES = 16
_WIDTH = (_LAST - _FIRST) // _SLICES
_TURNS = count(os.getpid())


def free_port(kind: int = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port that nobody has, and that no other test is given before long."""
    slice_start = _FIRST + _own_slice() * _WIDTH
    for turn in _TURNS:
        port = slice_start + turn % _WIDTH
        if _is_free(port, kind, host):
            return port
    raise AssertionError("turns never end")


def _own_slice() -> int:
    """Each process of a run has ports of its own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw15")
    return int(worker.removeprefix("gw")) % _SLICES


def _is_free(port: int, kind: int, host: str) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
