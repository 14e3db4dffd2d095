"""From a laid-out picture to the network: SRTP in place, one call to the kernel for a burst.

Uses private names of pylibsrtp; see `passthrough.py`.
"""

import errno
import os
import socket
from struct import pack
from typing import Any

import structlog
from pylibsrtp import _binding

from streamer.passthrough import Link
from streamer.template import Burst, Template

_UDP_SEGMENT = 103  # linux/udp.h; the socket module has no name for it
_SOL_UDP = 17
_MAX_DATAGRAM = 65_507
# What kernels answer that do not cut datagrams, or whose device cannot.
_NO_SEGMENTS = frozenset(
    {errno.EINVAL, errno.EIO, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.EMSGSIZE}
)
_ffi, _lib = _binding.ffi, _binding.lib

_log = structlog.get_logger(__name__)


class SendDesk:
    """The buffer in which packets are encrypted; one for all viewers of a loop.

    Nothing is kept in it between two calls. Whether the kernel cuts segments is found out by
    the first burst and remembered.
    """

    def __init__(self) -> None:
        self._memory = _ffi.new("unsigned char[]", _MAX_DATAGRAM)
        self._view = memoryview(_ffi.buffer(self._memory))
        self._length = _ffi.new("int *")
        self._pointers: dict[int, list[Any]] = {}
        self.has_segments = True

    def encrypt(self, srtp: Any, template: Template, burst: Burst) -> int:  # noqa: ANN401 no types
        """Copy a burst here and protect its packets in place; returns its bytes with tags.

        Raises:
            OSError: libsrtp refused, which it does not for packets that we wrote.
        """
        size = burst.end - burst.start
        _ffi.memmove(self._memory, memoryview(template.layout)[burst.start : burst.end], size)
        pointers = self._pointers_of(burst.stride, len(burst.lengths))
        length, protect, context = self._length, _lib.srtp_protect, srtp._srtp[0]
        for pointer, plain in zip(pointers, burst.lengths, strict=False):
            length[0] = plain
            if protect(context, pointer, length):
                raise OSError(errno.EPROTO, "SRTP")
        return size

    def send(self, udp: socket.socket, address: tuple[str, int], burst: Burst, size: int) -> None:
        """Send the encrypted burst.

        Raises:
            OSError: The kernel did not take it, or took a part of it.
        """
        if len(burst.lengths) == 1:
            udp.sendto(self._view[:size], address)
        elif self.has_segments:
            self._send_segments(udp, address, burst, size)
        else:
            self._send_each(udp, address, burst.stride, size)

    def _send_segments(
        self, udp: socket.socket, address: tuple[str, int], burst: Burst, size: int
    ) -> None:
        cut = (_SOL_UDP, _UDP_SEGMENT, pack("=H", burst.stride))
        try:
            udp.sendmsg([self._view[:size]], [cut], 0, address)
        except OSError as error:
            if error.errno not in _NO_SEGMENTS:
                raise
            self.has_segments = False
            _log.warning("egress.without_segments", error=errno.errorcode.get(error.errno or 0))
            self._send_each(udp, address, burst.stride, size)

    def _send_each(
        self, udp: socket.socket, address: tuple[str, int], stride: int, size: int
    ) -> None:
        for start in range(0, size, stride):
            udp.sendto(self._view[start : min(start + stride, size)], address)

    def _pointers_of(self, stride: int, count: int) -> list[Any]:
        pointers = self._pointers.get(stride)
        if pointers is None or len(pointers) < count:
            if len(self._pointers) > 64:
                self._pointers.clear()  # lone tails come in every length
            pointers = [self._memory + index * stride for index in range(count)]
            self._pointers[stride] = pointers
        return pointers


class Egress:
    """One viewer's way out.

    Args:
        link: The viewer's link, connected.
        desk: Shared by all viewers of the loop.
    """

    def __init__(self, link: Link, desk: SendDesk) -> None:
        self._link = link
        self._desk = desk
        self._srtp = link.srtp
        self._path: Any = None
        self._udp: socket.socket | None = None
        self._is_closed = False

    def send(self, template: Template, burst: Burst) -> bool:
        """Encrypt and send a burst; false when the kernel or the link did not take it.

        Never waits: a full socket means that this viewer's burst is lost, and no other's.
        """
        udp = self._socket()
        if udp is None:
            return False
        try:
            size = self._desk.encrypt(self._srtp, template, burst)
            self._desk.send(udp, self._path.remote_addr, burst, size)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Send nothing more, and give back the socket; the link keeps its own."""
        self._is_closed = True
        self._release()

    def _release(self) -> None:
        if self._udp is not None:
            self._udp.close()
        self._udp = self._path = None

    def _socket(self) -> socket.socket | None:
        path = None if self._is_closed else self._link.path
        if path is not self._path:
            self._release()
            if path is not None:
                # asyncio hides sendmsg: the same socket under a descriptor of our own.
                handle = path.protocol.transport.get_extra_info("socket")
                self._udp = socket.socket(fileno=os.dup(handle.fileno()))
                self._udp.settimeout(0)
                self._path = path
        return self._udp
