"""From a laid-out picture to the network: SRTP in place, one call to the kernel for a burst.

Uses private names of pylibsrtp; see `passthrough.py`.
"""

import errno
import socket
from collections.abc import Iterable
from struct import Struct, pack
from types import ModuleType

import structlog
from pylibsrtp import _binding

from streamer.limits import TokenBucket
from streamer.link import Link
from streamer.native import WAY, native
from streamer.shift import Shift
from streamer.template import Burst, Template
from streamer.udp.port import Address, UdpPort

_UDP_SEGMENT = 103  # linux/udp.h; the socket module has no name for it
_SOL_UDP = 17
_MAX_DATAGRAM = 65_507
# What kernels answer that do not cut datagrams, or whose device cannot.
_NO_SEGMENTS = frozenset(
    {errno.EINVAL, errno.EIO, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.EMSGSIZE}
)
_ADDRESS_4, _ADDRESS_6 = Struct("=H2s4s8x"), Struct("=H2sI16sI")
_ffi, _lib = _binding.ffi, _binding.lib
_PROTECT = int(_ffi.cast("uintptr_t", _ffi.addressof(_lib, "srtp_protect")))

_NO_SHIFT = Shift()
BEGINS_PER_S = 40.0
BEGINS_AT_ONCE = 100.0
"""A GOP for one viewer alone takes some 6 ms: when the link of the node itself was away, all of
its viewers begin anew in the same second, and whoever is refused waits for the next keyframe."""

_log = structlog.get_logger(__name__)


class Egress:
    """One viewer's way out. Once without a way it stays so: make another.

    Args:
        link: The viewer's link, connected.
        shift: From what is laid out to what it gets.
    """

    def __init__(self, link: Link, shift: Shift = _NO_SHIFT) -> None:
        self.srtp = link.srtp  # held here, so that its memory is there as long as `packed` is
        way = link.way
        self.port: UdpPort | None = None if way is None else way[0]
        self.address: Address | None = None if way is None else way[1]
        context = int(_ffi.cast("uintptr_t", self.srtp._srtp[0]))
        raw = b"" if self.address is None else _raw_address(self.address)
        self.shift = shift
        sequence, timestamp = shift.sequence & 0xFFFF, shift.timestamp & 0xFFFFFFFF
        self.packed = WAY.pack(context, sequence, timestamp, len(raw), raw)
        """For the loop in C."""


class SendDesk:
    """Where packets are encrypted and sent; one for all viewers of a loop, whose work it bounds.

    No packet is kept in it between two calls. Whether the kernel cuts segments is found out by
    the first burst and remembered.

    Args:
        loop: The inner loop in C; None does it in Python.
    """

    def __init__(self, loop: ModuleType | None = native) -> None:
        self._native = loop
        self._memory = _ffi.new("unsigned char[]", _MAX_DATAGRAM)
        self._view = memoryview(_ffi.buffer(self._memory))
        self._length = _ffi.new("int *")
        self.has_segments = True
        self.begins = TokenBucket(rate_per_s=BEGINS_PER_S, burst=BEGINS_AT_ONCE)
        """How many viewers may begin anew: what one of them is sent, it is sent alone."""

    def send(
        self, port: UdpPort, template: Template, burst: Burst, ways: Iterable[Egress], packed: bytes
    ) -> frozenset[int]:
        """Encrypt a burst for viewers that share a port, and send it.

        Never waits: what the kernel does not take is lost for that viewer, and for no other.

        Args:
            port: Theirs.
            template: The picture.
            burst: Which part of it.
            ways: The viewers.
            packed: Their `packed`, joined.

        Returns:
            The indices of those that did not get all of it.
        """
        if self._native is None:
            return self._send_in_python(port.socket, template, burst, ways)
        plain = memoryview(template.layout)[burst.start : burst.end]
        lengths = pack(f"={len(burst.lengths)}H", *burst.lengths)
        call = (port.socket.fileno(), _PROTECT, plain, burst.stride, lengths)
        refused, number = self._native.send(*call, packed, self.has_segments)
        if refused and self.has_segments and number in _NO_SEGMENTS and len(burst.lengths) > 1:
            self._give_up_segments(number)
            again = b"".join(_of(packed, index) for index in refused)
            failed, _ = self._native.send(*call, again, False)  # noqa: FBT003 as in C
            refused = [refused[index] for index in failed]
        return frozenset(refused)

    def send_to(self, way: Egress, template: Template, burst: Burst) -> bool:
        """Send a burst to one viewer; whether the kernel took all of it."""
        if way.port is None:
            return False
        return not self.send(way.port, template, burst, (way,), way.packed)

    def _send_in_python(
        self, udp: socket.socket, template: Template, burst: Burst, ways: Iterable[Egress]
    ) -> frozenset[int]:
        refused = []
        for index, way in enumerate(ways):
            try:
                size = self._encrypt(way, template, burst)
                self._send_burst(udp, way.address, burst, size)
            except OSError:
                refused.append(index)
        return frozenset(refused)

    def _encrypt(self, way: Egress, template: Template, burst: Burst) -> int:
        size = burst.end - burst.start
        _ffi.memmove(self._memory, memoryview(template.layout)[burst.start : burst.end], size)
        length, protect, context = self._length, _lib.srtp_protect, way.srtp._srtp[0]
        for index, plain in enumerate(burst.lengths):
            if way.shift:
                way.shift.apply(self._view, index * burst.stride)
            length[0] = plain
            if protect(context, self._memory + index * burst.stride, length):
                raise OSError(errno.EPROTO, "SRTP")
        return size

    def _send_burst(
        self, udp: socket.socket, address: Address | None, burst: Burst, size: int
    ) -> None:
        if len(burst.lengths) == 1 or not self.has_segments:
            for start in range(0, size, burst.stride):
                udp.sendto(self._view[start : min(start + burst.stride, size)], address or ())
            return
        cut = (_SOL_UDP, _UDP_SEGMENT, pack("=H", burst.stride))
        try:
            udp.sendmsg([self._view[:size]], [cut], 0, address)
        except OSError as error:
            if error.errno not in _NO_SEGMENTS:
                raise
            self._give_up_segments(error.errno)
            self._send_burst(udp, address, burst, size)

    def _give_up_segments(self, number: int) -> None:
        self.has_segments = False
        _log.warning("egress.without_segments", error=errno.errorcode.get(number))


def _of(packed: bytes, index: int) -> bytes:
    return packed[index * WAY.size : (index + 1) * WAY.size]


def _raw_address(address: Address) -> bytes:
    """`struct sockaddr_in` or `sockaddr_in6`."""
    host, port = address[0], address[1].to_bytes(2, "big")
    if ":" not in host:
        return _ADDRESS_4.pack(socket.AF_INET, port, socket.inet_pton(socket.AF_INET, host))
    raw = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return _ADDRESS_6.pack(socket.AF_INET6, port, 0, raw, 0)
