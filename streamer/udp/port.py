"""A UDP port that all sessions of a process share, and to whom each datagram belongs."""

import asyncio
import contextlib
import socket
import sys
from collections import OrderedDict
from struct import unpack
from types import ModuleType
from typing import Protocol

import structlog

from streamer.errors import PortTakenError
from streamer.native import native
from streamer.udp import stun

Address = tuple[str, int]

BUFFER_BYTES = 4 * 2**20
"""In the kernel, each way: 30 ms of a full 1 Gbit/s; what the machine allows of it.

A keyframe leaves for all of a camera's viewers at once. Measured at 1 Gbit/s with the 208 KiB that
many kernels allow: 6 % of the bursts to 60 viewers found no room, 14 % of those to 200."""
MAX_ADDRESSES = 32
"""That one peer may speak from. A browser asks from all it has, again and again, and then speaks
from one: a computer in four networks, with three relays in each, has sixteen."""
LOOK_EVERY_S = 0.016
"""While media comes: less than half of a picture's time."""
LOOK_SOON_S = 0.004
"""When more came than one call reads: at 1 Gbit/s an eighth of the buffer."""
_MAX_REQUESTS = 4096
_READS_AT_ONCE = 512
_BATCHES_AT_ONCE = 16
_DATAGRAM_BYTES = 65_535
_SOL_UDP, _UDP_GRO = 17, 104  # linux/udp.h; the socket module has no names for them
_ANCILLARY_BYTES = socket.CMSG_SPACE(4)

_log = structlog.get_logger(__name__)


class Peer(Protocol):
    """Who is spoken to through the port."""

    ufrag: str
    """In the user name of its requests: what the answer gave out."""

    def take_stun(self, port: "UdpPort", data: bytes, address: Address) -> bool:
        """Take a STUN message; whether it proved to come from the peer."""
        ...

    def take_dtls(self, data: bytes) -> None:
        """Take a DTLS record of the peer."""
        ...

    def take_rtp(self, datagrams: memoryview, stride: int) -> None:
        """Take RTP of the peer: datagrams that lie `stride` bytes apart.

        The memory may be written to, and is gone when the call returns.
        """
        ...

    def take_rtcp(self, data: bytes) -> None:
        """Take RTCP of the peer."""
        ...


class UdpPort:
    """Reads for all peers; gives each what is its own.

    A peer is known by the addresses from which it sent an authentic STUN request. The kernel
    joins datagrams of a sender that sent them in one call; they are taken apart here.

    Args:
        host: Address of this machine.
        number: 0 for any free one.
        loop: The inner loop in C; None does it in Python.

    Raises:
        PortTakenError: It cannot be bound.
    """

    def __init__(self, host: str, number: int, loop: ModuleType | None = native) -> None:
        self._native = loop
        self._read_addresses: dict[bytes, Address] = {}
        self.socket = _bound(host, number)
        self.host: str = host
        self.number: int = self.socket.getsockname()[1]
        self.strangers_total = 0
        """Datagrams that belonged to nobody."""
        self.faults_total = 0
        """Datagrams at which a peer's handler failed."""
        self._rtp_total = 0
        self._next_read: asyncio.TimerHandle | None = None
        self._memory = bytearray(_DATAGRAM_BYTES)
        self._view = memoryview(self._memory)
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._addresses: dict[str, list[Address]] = {}
        self._requests: OrderedDict[bytes, str] = OrderedDict()
        # By name: thousands of unanswered ones must not keep peers that have left.
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)

    def add(self, peer: Peer) -> None:
        """Deliver to a peer what belongs to it."""
        self._by_ufrag[peer.ufrag] = peer
        self._addresses[peer.ufrag] = []

    def remove(self, peer: Peer) -> None:
        """Deliver nothing more to it. Does nothing the second time."""
        self._by_ufrag.pop(peer.ufrag, None)
        for address in self._addresses.pop(peer.ufrag, ()):
            if self._by_address.get(address) is peer:
                del self._by_address[address]

    def send(self, peer: Peer, data: bytes, address: Address) -> None:
        """Send one datagram; what the kernel refuses is lost, as on any network."""
        if data[:2] == stun.REQUEST and stun.is_stun(data):
            self._requests[data[stun.TRANSACTION]] = peer.ufrag
            if len(self._requests) > _MAX_REQUESTS:
                self._requests.popitem(last=False)
        with contextlib.suppress(OSError):
            self.socket.sendto(data, address)

    def close(self) -> None:
        """Free the port."""
        if self._next_read is not None:
            self._next_read.cancel()
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def _read(self) -> None:
        """Read what is there; while media comes, look again in a while, not at each packet.

        To be woken costs more than a packet does, and a picture's packets come one by one.
        """
        loop = asyncio.get_running_loop()
        before = self._rtp_total
        is_pressed = self._drain()
        if self._rtp_total == before:
            if self._next_read is not None:
                self._next_read = None
                loop.add_reader(self.socket.fileno(), self._read)
            return
        if self._next_read is None:
            loop.remove_reader(self.socket.fileno())
        self._next_read = loop.call_later(LOOK_SOON_S if is_pressed else LOOK_EVERY_S, self._read)

    def _drain(self) -> bool:
        """Whether there was more than one call reads."""
        if self._native is None:
            return self._drain_in_python() > _READS_AT_ONCE // _BATCHES_AT_ONCE
        for batch in range(_BATCHES_AT_ONCE):
            blocks = self._native.receive(self.socket.fileno())
            if blocks is None:
                return batch > 1
            for sender, stride, datagrams in blocks:
                view = memoryview(datagrams)
                self._deliver(view, stride or len(view), self._address_of(sender))
        return True

    def _address_of(self, raw: bytes) -> Address:
        address = self._read_addresses.get(raw)
        if address is None:
            if len(self._read_addresses) >= _MAX_REQUESTS:
                self._read_addresses.clear()  # strangers come with any number of them
            address = self._read_addresses[raw] = _address(raw)
        return address

    def _drain_in_python(self) -> int:
        """How many reads there were."""
        for reads in range(_READS_AT_ONCE):
            try:
                size, ancillary, _flags, sender = self.socket.recvmsg_into(
                    [self._view], _ANCILLARY_BYTES
                )
            except BlockingIOError:
                return reads
            except OSError:
                continue  # an earlier datagram met a closed port somewhere
            address = (sender[0], sender[1])
            stride = unpack("=i", ancillary[0][2])[0] if ancillary else size
            self._deliver(self._view[:size], stride or size, address)
        return _READS_AT_ONCE

    def _deliver(self, data: memoryview, stride: int, address: Address) -> None:
        start, size = 0, len(data)
        while start < size:
            end = _end_of_rtp(data, start, stride)
            is_rtp = end > start
            end = end if is_rtp else min(start + stride, size)
            try:
                if is_rtp:
                    self._deliver_rtp(data[start:end], stride, address)
                else:
                    self._deliver_control(bytes(data[start:end]), address)
            except Exception:  # noqa: BLE001 a fault with one peer must not take the port from all
                self._note_fault()
            start = end

    def _note_fault(self) -> None:
        self.faults_total += 1
        if self.faults_total.bit_count() == 1:  # told ever more rarely: a peer may send on
            _log.exception("datagram.failed", faults=self.faults_total)

    def _deliver_rtp(self, datagrams: memoryview, stride: int, address: Address) -> None:
        peer = self._by_address.get(address)
        self._rtp_total += 1
        if peer is None:
            self.strangers_total += 1
        else:
            peer.take_rtp(datagrams, stride)

    def _deliver_control(self, data: bytes, address: Address) -> None:
        if stun.is_stun(data):
            peer = self._of_stun(data, address)
            if peer is not None and peer.take_stun(self, data, address):
                self._learn(peer, address)
            return
        peer = self._by_address.get(address)
        if peer is None:
            self.strangers_total += 1
        elif 20 <= data[0] < 64:
            peer.take_dtls(data)
        elif 128 <= data[0] < 192:
            peer.take_rtcp(data)

    def _of_stun(self, data: bytes, address: Address) -> Peer | None:
        if data[:2] == stun.REQUEST:
            return self._by_ufrag.get(stun.addressee(data) or "")
        asked = self._by_ufrag.get(self._requests.pop(data[stun.TRANSACTION], ""))
        return asked or self._by_address.get(address)

    def _learn(self, peer: Peer, address: Address) -> None:
        known = self._addresses.get(peer.ufrag)
        if known is None or self._by_address.get(address) is peer:
            return
        self._by_address[address] = peer
        known.append(address)
        if len(known) > MAX_ADDRESSES:
            oldest = known.pop(0)
            if self._by_address.get(oldest) is peer:
                del self._by_address[oldest]


def _end_of_rtp(data: memoryview, start: int, stride: int) -> int:
    """Where neighbours that are all RTP end; `start` when the first is something else."""
    size = len(data)
    while start + 1 < size and 128 <= data[start] < 192:
        if 192 <= data[start + 1] < 224:  # RTCP; source: RFC 5761 section 4
            return start
        start = min(start + stride, size)
    return start


def _address(raw: bytes) -> Address:
    """From a `struct sockaddr_in` or `sockaddr_in6`."""
    family, port = int.from_bytes(raw[:2], sys.byteorder), int.from_bytes(raw[2:4], "big")
    host = raw[4:8] if family == socket.AF_INET else raw[8:24]
    return socket.inet_ntop(family, host), port


def _bound(host: str, number: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    try:
        udp.settimeout(0)
        if family == socket.AF_INET6:
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _enlarge(udp)
        with contextlib.suppress(OSError):  # kernels before 5.0 join nothing
            udp.setsockopt(_SOL_UDP, _UDP_GRO, 1)
        udp.bind((host, number))
    except OSError as error:
        udp.close()
        reason = error.strerror or str(error)
        raise PortTakenError(f"cannot bind UDP port {number} of {host}: {reason}") from error
    return udp


def _enlarge(udp: socket.socket) -> None:
    """Give it room, and tell where the machine allows less: what finds none is lost."""
    for option, limit in ((socket.SO_RCVBUF, "rmem_max"), (socket.SO_SNDBUF, "wmem_max")):
        udp.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        given_bytes = udp.getsockopt(socket.SOL_SOCKET, option) // 2  # Linux counts it twice
        if given_bytes < BUFFER_BYTES:
            facts = {"wanted_bytes": BUFFER_BYTES, "given_bytes": given_bytes}
            _log.warning("udp.small_buffer", sysctl=f"net.core.{limit}", **facts)
