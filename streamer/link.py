"""One peer: found by ICE, known by DTLS, spoken to by SRTP."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aioice import Candidate
from aiortc import RTCDtlsFingerprint, RTCDtlsParameters

from core.clock import Clock
from streamer.certificates import CertificateStore
from streamer.errors import LinkFailedError
from streamer.passthrough import Dtls, Ice
from streamer.sdp.answer import LocalCandidate, LocalTransport, setup_of
from streamer.sdp.candidate import RemoteCandidate
from streamer.sdp.offer import FINGERPRINTS, Transport
from streamer.udp.inbox import Inbox
from streamer.udp.port import Address, UdpPort

CONNECT_S = 20.0
"""From the answer until media can flow; a browser gives up later than that."""
MAX_SOURCES = 32
"""SSRCs of one peer; a browser has two or three. libsrtp keeps something for each while the session
lasts, and looks through all of them at each packet."""
_CLOSE_S = 2.0
_RTP_SSRC, _RTCP_SSRC = slice(8, 12), slice(4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlan:
    """What all links of a node share."""

    certificates: CertificateStore
    ports: Sequence[UdpPort]
    public_addresses: tuple[str, ...]
    """Each is told to peers in place of the local ones of its family."""
    clock: Clock


class Link:
    """The peer's side of a session.

    Args:
        plan: What the node's links share.
        on_rtp: Gets decrypted RTP packets, one or some; must neither wait nor raise. None: they
            are not even decrypted.
        on_rtcp: Gets each decrypted RTCP packet; must neither wait nor raise.
    """

    def __init__(
        self,
        plan: LinkPlan,
        on_rtp: Callable[[list[bytes]], None] | None,
        on_rtcp: Callable[[bytes], None],
    ) -> None:
        self._plan = plan
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self.on_path: Callable[[], None] | None = None
        """Called whenever `way` may have changed."""
        self._inbox = Inbox()
        self._ice = Ice(plan.ports, self, plan.clock, self._note_path)
        self.ufrag: str = self._ice.local_username
        self._certificate = plan.certificates.current()
        self._dtls = Dtls(self._inbox, self._ice, self._certificate)
        self._ended = asyncio.Event()
        self._may_be_found = asyncio.Event()
        self._sources: set[bytes] = set()
        self._dtls.on("statechange", self._note_state)

    async def gather(self) -> LocalTransport:
        """Say what the answer has to tell of where this node is reached.

        Raises:
            LinkFailedError: Not one address of this machine can be used.
        """
        await self._ice.gather_candidates()
        candidates = tuple(self._announced(c) for c in self._ice.local_candidates)
        if not candidates:
            raise LinkFailedError("no network address of this node can be used for media")
        digests = {f.algorithm: f.value for f in self._certificate.getFingerprints()}
        return LocalTransport(
            ufrag=self._ice.local_username,
            password=self._ice.local_password,
            fingerprint=digests["sha-256"],
            candidates=candidates,
        )

    async def connect(self, remote: Transport) -> None:
        """Find the peer and agree on keys.

        Raises:
            LinkFailedError: Not within `CONNECT_S`, or with another certificate than offered.
        """
        self._ice.remote_is_lite = remote.is_ice_lite
        self._ice.ice_controlling = remote.is_ice_lite
        self._ice.remote_username = remote.ufrag
        self._ice.remote_password = remote.password
        for candidate in remote.candidates:
            await self.add_candidate(candidate)
        try:
            async with asyncio.timeout(CONNECT_S):
                # aioice looks fifty times a second whether there is somebody to check.
                await self._may_be_found.wait()
                await self._ice.connect()
                await self._shake_hands(remote)
        except (ConnectionError, TimeoutError) as error:
            raise LinkFailedError("the peer could not be reached over UDP") from error
        if self._dtls.state != "connected":
            raise LinkFailedError("the DTLS handshake failed")

    async def add_candidate(self, candidate: RemoteCandidate) -> None:
        """Also look for the peer there, unless it names ever more.

        The end of candidates is never told to aioice: a peer whose candidates were all passed
        over is still found by its own checks.
        """
        if not self._ice.has_room_for((candidate.address, candidate.port)):
            return
        self._may_be_found.set()
        await self._ice.add_remote_candidate(
            Candidate(
                foundation=candidate.foundation,
                component=1,
                transport="udp",
                priority=candidate.priority,
                host=candidate.address,
                port=candidate.port,
                type=candidate.kind,
            )
        )

    async def wait_ended(self) -> None:
        """Wait until the peer leaves, or its consent runs out (RFC 7675), or `close`."""
        await self._ended.wait()

    async def close(self) -> None:
        """Tell the peer, and forget it. Does nothing the second time."""
        self._ended.set()
        self._may_be_found.set()
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._dtls.stop()
                await self._ice.close()
        except (ConnectionError, TimeoutError):
            return
        finally:
            self._inbox.close()

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt a report or a request and send it; lost when the peer is gone."""
        way, protected = self._ice.way, self._dtls.protected_report(data)
        if way is not None and protected is not None:
            port, address = way
            port.send(self, protected, address)

    @property
    def tag_bytes(self) -> int:
        """What the agreed SRTP profile adds to each packet."""
        return self._dtls.tag_bytes

    @property
    def srtp(self) -> Any:  # noqa: ANN401 pylibsrtp has no types
        """The session that encrypts what is sent; for `egress.py`."""
        return self._dtls.outgoing

    @property
    def way(self) -> tuple[UdpPort, Address] | None:
        """The port and the address that ICE has chosen, or None; it may change at any time."""
        return self._ice.way

    def take_stun(self, port: UdpPort, data: bytes, address: Address) -> bool:
        """See `streamer.udp.port.Peer`."""
        is_peer = self._ice.take(port, data, address)
        if is_peer:
            self._may_be_found.set()
        return is_peer

    def take_dtls(self, data: bytes) -> None:
        """See `streamer.udp.port.Peer`."""
        self._inbox.put(data)

    def take_rtp(self, datagrams: memoryview, stride: int) -> None:
        """See `streamer.udp.port.Peer`."""
        if self._on_rtp is None:
            return
        packets = self._dtls.opened(datagrams, stride)
        if packets and self._are_few({packet[_RTP_SSRC] for packet in packets}):
            self._on_rtp(packets)

    def take_rtcp(self, data: bytes) -> None:
        """See `streamer.udp.port.Peer`."""
        opened = self._dtls.opened_report(data)
        if opened is not None and self._are_few({opened[_RTCP_SSRC]}):
            self._on_rtcp(opened)

    def _are_few(self, sources: set[bytes]) -> bool:
        """Note under which SSRCs the peer speaks; whoever has ever more of them is left."""
        self._sources |= sources
        if len(self._sources) > MAX_SOURCES:
            self._ended.set()
        return len(self._sources) <= MAX_SOURCES

    async def _shake_hands(self, remote: Transport) -> None:
        self._dtls.be("client" if setup_of(remote.setup) == "active" else "server")
        known = [
            RTCDtlsFingerprint(algorithm=algorithm, value=value)
            for algorithm, value in remote.fingerprints
            if algorithm in FINGERPRINTS
        ]
        await self._dtls.start(RTCDtlsParameters(fingerprints=known))

    def _announced(self, candidate: Candidate) -> LocalCandidate:
        local = candidate.host
        of_family = (p for p in self._plan.public_addresses if (":" in p) == (":" in local))
        return LocalCandidate(
            foundation=candidate.foundation,
            priority=candidate.priority,
            address=next(of_family, local),
            port=candidate.port,
        )

    def _note_path(self) -> None:
        if self._ice.way is None and self._dtls.state == "connected":
            self._ended.set()
            self._inbox.close()
        if self.on_path is not None:
            self.on_path()

    def _note_state(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self._ended.set()
