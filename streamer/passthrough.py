"""ICE and DTLS of one peer on a shared UDP port, with RTP and RTCP handed over as they come.

This file and `egress.py` alone use names that aiortc, aioice and pylibsrtp keep to themselves;
`tests/unit/streamer/test_private_names.py` says which, and fails when one of them changes.
Here aiortc's own senders, receivers and decoders are left out altogether, and of aioice the
sockets: a connection begins with its checks, and what comes later takes shorter ways.
"""

import asyncio
import secrets
import struct
from collections.abc import Callable, Sequence
from random import uniform
from typing import Any

import pylibsrtp
from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, StunProtocol
from aioice.stun import Message
from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AEAD_AES_256_GCM,
    SRTP_AES128_CM_SHA1_80,
)
from pylibsrtp import _binding

from core.clock import Clock
from streamer.limits import TokenBucket
from streamer.native import native
from streamer.udp import stun
from streamer.udp.inbox import Inbox
from streamer.udp.own_socket import OwnSocket
from streamer.udp.port import Address, Peer, UdpPort

CONSENT_EVERY_S = 5.0
CONSENT_S = 30.0
"""Unheard of for so long, the peer has left. Source: RFC 7675 section 5.1."""
MAX_OTHERS = 64
"""Addresses of one peer beside the chosen one; four networks with three relays each make 16."""
OTHERS_PER_S = 1.0
"""For long. Each is checked for a minute, and looked through at each request from a new one."""
ANSWER_S = 1.0
"""A peer answers a check in a round trip; one that has not by then never will."""
_UFRAG_BYTES = 9
"""Long enough that it tells the sessions of a port apart, and cannot be guessed."""
_TAG_BYTES = {b"SRTP_AES128_CM_SHA1_80": 10}
_GCM_TAG_BYTES = 16
# The server's order decides. GCM costs half of CM with SHA-1; its key size costs nothing.
_PROFILES = [SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80]
_ffi, _lib = _binding.ffi, _binding.lib
_UNPROTECT = int(_ffi.cast("uintptr_t", _ffi.addressof(_lib, "srtp_unprotect")))


class Ice(Connection):
    """aioice's connection, on shared ports.

    Args:
        ports: Where this process is reached.
        peer: Whom the ports deliver to.
        clock: For the peer's consent.
        on_path: Called whenever another way to the peer may have been chosen.
    """

    def __init__(
        self, ports: Sequence[UdpPort], peer: Peer, clock: Clock, on_path: Callable[[], None]
    ) -> None:
        # Base64 without its padding is all that ICE allows in a name.
        ufrag = secrets.token_hex(_UFRAG_BYTES)
        super().__init__(ice_controlling=False, local_username=ufrag)
        self._ports = ports
        self._peer = peer
        self._clock = clock
        self._on_path = on_path
        self._asked: bytes | None = None
        self._doubt: asyncio.TimerHandle | None = None
        self._heard_s = 0.0
        self._others = TokenBucket(rate_per_s=OTHERS_PER_S, burst=MAX_OTHERS)

    @property
    def way(self) -> tuple[UdpPort, Address] | None:
        """The chosen port and remote address; None while there is none."""
        pair = self._nominated.get(1)
        return None if pair is None else (_port_of(pair.protocol), pair.remote_addr)

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],  # noqa: ARG002 aioice's own
        timeout: int = 5,  # noqa: ASYNC109, ARG002 aioice's own
    ) -> list[Candidate]:
        """Shared ports in place of sockets of its own."""
        return [self._candidate_on(port, component) for port in self._ports]

    def take(self, port: UdpPort, data: bytes, address: Address) -> bool:
        """Take a STUN message; whether it proved to come from the peer."""
        way = self.way
        if data[:2] == stun.REQUEST:
            key = self.local_password.encode()
            if not stun.is_authentic(data, key):
                return False
            # Some peers (FFmpeg's muxer) ask and never answer: their asking is consent as well.
            self._heard_s = self._clock.monotonic_s()
            if way == (port, address):
                port.send(self._peer, stun.write_response(data, address, key), address)
                return True
        elif self._asked is not None and data[stun.TRANSACTION] == self._asked:
            return self._hear(data)
        return self._check(port, data, address)

    def _check(self, port: UdpPort, data: bytes, address: Address) -> bool:
        is_request = data[:2] == stun.REQUEST
        if is_request and not self.has_room_for(address):
            return False
        for protocol in self._protocols:
            if _port_of(protocol) is port:
                try:
                    protocol.datagram_received(data, address)
                except (ValueError, struct.error):
                    return False  # aioice reads attributes before it looks at their sizes
                return is_request
        return False

    def has_room_for(self, address: Address) -> bool:
        """Whether it may be checked; for a new one the oldest is forgotten, but never the way."""
        known = self._remote_candidates
        if any((c._network_host, c.port) == address for c in known):
            return True
        if not self._others.take(self._clock.monotonic_s()):
            return False
        chosen = self._nominated.get(1)
        others = [c for c in known if chosen is None or c is not chosen.remote_candidate]
        if len(others) >= MAX_OTHERS:
            self._forget(others[0])
        return True

    def check_incoming(self, message: Message, addr: Address, protocol: StunProtocol) -> None:
        """The peer asks; one that names a way may be believed, though it answers nothing."""
        super().check_incoming(message, addr, protocol)
        if self._doubt is None and any(pair.remote_nominated for pair in self._check_list):
            self._doubt = asyncio.get_running_loop().call_later(ANSWER_S, self._believe)

    def check_complete(self, pair: CandidatePair) -> None:
        """A pair has been checked: it may be the way from now on."""
        super().check_complete(pair)
        self._on_path()

    async def query_consent(self) -> None:
        """Ask the peer where it does not ask itself; close when it is silent (RFC 7675)."""
        self._heard_s = self._clock.monotonic_s()
        while (silent_s := self._clock.monotonic_s() - self._heard_s) < CONSENT_S:
            if silent_s > CONSENT_EVERY_S:
                self._ask()
            await asyncio.sleep(CONSENT_EVERY_S * uniform(0.8, 1.2))  # noqa: S311 spreads load
        self._query_consent_task = None
        await self.close()

    async def close(self) -> None:
        """Free what the connection holds; there is no way any more."""
        if self._doubt is not None:
            self._doubt.cancel()
        await super().close()
        self._on_path()

    def _believe(self) -> None:
        # FFmpeg's muxer answers no check once its own is answered: it shakes hands. Its keys
        # prove that nobody else is there before any media flows.
        for pair in self._check_list:
            if pair.remote_nominated and self.way is None:
                pair.nominated = True
                self.check_state(pair, CandidatePair.State.SUCCEEDED)
                self.check_complete(pair)

    def _forget(self, candidate: Candidate) -> None:
        self._remote_candidates = [c for c in self._remote_candidates if c is not candidate]
        for pair in [p for p in self._check_list if p.remote_candidate is candidate]:
            self._check_list.remove(pair)
            if pair.task is not None:
                pair.task.cancel()

    def _candidate_on(self, port: UdpPort, component: int) -> Candidate:
        protocol = StunProtocol(self)
        protocol.connection_made(OwnSocket(port, self._peer, protocol))
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", port.host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=port.host,
            port=port.number,
            type="host",
        )
        self._protocols.append(protocol)
        port.add(self._peer)
        return protocol.local_candidate

    def _ask(self) -> None:
        way = self.way
        if way is None or self.remote_password is None:
            return
        port, address = way
        self._asked = secrets.token_bytes(12)
        request = stun.write_request(
            self._asked,
            f"{self.remote_username}:{self.local_username}",
            candidate_priority(1, "prflx"),
            self._tie_breaker,
            self.remote_password.encode(),
            is_controlling=self.ice_controlling,
        )
        port.send(self._peer, request, address)

    def _hear(self, response: bytes) -> bool:
        key = (self.remote_password or "").encode()
        is_consent = response[:2] == stun.RESPONSE and stun.is_authentic(response, key)
        if is_consent:
            self._heard_s = self._clock.monotonic_s()
        return is_consent


def _port_of(protocol: StunProtocol) -> UdpPort:
    transport: Any = protocol.transport
    port: UdpPort = transport.port
    return port


class _IceTransport:
    """As much of an ICE transport as aiortc's DTLS transport asks for."""

    role = "controlled"

    def __init__(self, inbox: Inbox, connection: Connection) -> None:
        self._recv = inbox.take
        self._send = connection.send


class Dtls(RTCDtlsTransport):
    """aiortc's DTLS transport; media does not pass through it, only its keys come from it."""

    def __init__(self, inbox: Inbox, connection: Ice, certificate: RTCCertificate) -> None:
        transport = _IceTransport(inbox, connection)
        super().__init__(transport, [certificate])  # type: ignore[arg-type] # by shape
        self._srtp_profiles = _PROFILES

    def be(self, role: str) -> None:
        """Be `client` or `server` of the handshake."""
        self._set_role(role)

    @property
    def tag_bytes(self) -> int:
        """What the agreed SRTP profile adds to each packet."""
        chosen = self._ssl.get_selected_srtp_profile()  # type: ignore[union-attr] # connected
        return _TAG_BYTES.get(chosen, _GCM_TAG_BYTES)

    @property
    def outgoing(self) -> Any:  # noqa: ANN401 pylibsrtp has no types
        """The session that encrypts what is sent, for `egress.py`; None before the handshake."""
        return self._tx_srtp

    def protected_report(self, data: bytes) -> bytes | None:
        """Encrypt RTCP; None before the handshake."""
        if self._tx_srtp is None:
            return None
        try:
            protected: bytes = self._tx_srtp.protect_rtcp(data)
        except pylibsrtp.Error:
            return None
        return protected

    def opened_report(self, data: bytes) -> bytes | None:
        """Decrypt RTCP; None where it is not the peer's."""
        if self._rx_srtp is None:
            return None
        try:
            opened: bytes = self._rx_srtp.unprotect_rtcp(data)
        except (pylibsrtp.Error, ValueError):
            return None
        return opened

    def opened(self, datagrams: memoryview, stride: int) -> list[bytes]:
        """Decrypt RTP packets that lie `stride` bytes apart; those of others are left out."""
        if self._rx_srtp is None:
            return []
        if native is not None:
            context = int(_ffi.cast("uintptr_t", self._rx_srtp._srtp[0]))
            found: list[bytes] = native.open(_UNPROTECT, context, datagrams, stride)
            return found
        each = (bytes(datagrams[at : at + stride]) for at in range(0, len(datagrams), stride))
        opened = (self._opened_one(data) for data in each)
        return [packet for packet in opened if packet is not None]

    def _opened_one(self, data: bytes) -> bytes | None:
        try:
            opened: bytes = self._rx_srtp.unprotect(data)
        except (pylibsrtp.Error, ValueError):
            return None
        return opened
