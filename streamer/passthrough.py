"""ICE and DTLS of one peer, with RTP and RTCP handed over as they come.

This file and `egress.py` alone use names that aiortc, aioice and pylibsrtp keep to themselves;
`tests/unit/streamer/test_private_names.py` says which, and fails when one of them changes.
Here aiortc's own senders, receivers and decoders are left out altogether: its DTLS transport
runs on aioice's connection, and what it decrypts goes straight to the streamer.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pylibsrtp
from aioice import Candidate, Connection
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AEAD_AES_256_GCM,
    SRTP_AES128_CM_SHA1_80,
)

from core.clock import Clock
from streamer.errors import LinkFailedError
from streamer.sdp.answer import LocalCandidate, LocalTransport, setup_of
from streamer.sdp.candidate import RemoteCandidate
from streamer.sdp.offer import FINGERPRINTS, Transport

CONNECT_S = 20.0
"""From the answer until media can flow; a browser gives up later than that."""
_CLOSE_S = 2.0
_TAG_BYTES = {b"SRTP_AES128_CM_SHA1_80": 10}
_GCM_TAG_BYTES = 16
# The server's order decides. GCM costs half of CM with SHA-1; its key size costs nothing.
_PROFILES = [SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80]


class CertificateStore:
    """The node's DTLS certificate: one for all sessions, renewed before it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._certificate = RTCCertificate.generateCertificate()

    def current(self) -> RTCCertificate:
        """The certificate for a new session."""
        ends_utc = self._certificate.expires.astimezone(UTC)
        if ends_utc - self._clock.utc() < timedelta(days=2):
            self._certificate = RTCCertificate.generateCertificate()
        return self._certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlan:
    """What all links of a node share."""

    certificates: CertificateStore
    bind_addresses: tuple[str, ...]
    """Local addresses to open a port on; empty: all of the machine but loopback."""
    public_address: str | None
    """Told to peers in place of the local one of the same family; None: the local one."""


class _Ice(Connection):
    """aioice's connection, on the addresses that are wanted: it would leave out loopback."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(ice_controlling=False)
        self._wanted = list(addresses)

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 aioice's own
    ) -> list[Candidate]:
        wanted = self._wanted or addresses
        found: list[Candidate] = await super().get_component_candidates(component, wanted, timeout)
        return found


class _IceTransport:
    """As much of an ICE transport as aiortc's DTLS transport asks for."""

    role = "controlled"

    def __init__(self, connection: Connection) -> None:
        self._recv = connection.recv
        self._send = connection.send


class _Dtls(RTCDtlsTransport):
    """aiortc's DTLS transport; decrypted packets are handed over unread."""

    def __init__(
        self,
        connection: Connection,
        certificate: RTCCertificate,
        on_rtp: Callable[[bytes], None],
        on_rtcp: Callable[[bytes], None],
    ) -> None:
        super().__init__(_IceTransport(connection), [certificate])  # type: ignore[arg-type] # by shape
        self._srtp_profiles = _PROFILES
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:  # noqa: ARG002 aiortc's
        self._on_rtp(data)

    async def _handle_rtcp_data(self, data: bytes) -> None:
        self._on_rtcp(data)


class Link:
    """One peer: found by ICE, known by DTLS, spoken to by SRTP.

    Args:
        plan: What the node's links share.
        on_rtp: Gets each decrypted RTP packet; must neither wait nor raise.
        on_rtcp: Gets each decrypted RTCP packet; must neither wait nor raise.
    """

    def __init__(
        self,
        plan: LinkPlan,
        on_rtp: Callable[[bytes], None],
        on_rtcp: Callable[[bytes], None],
    ) -> None:
        self._plan = plan
        self._ice = _Ice(plan.bind_addresses)
        self._certificate = plan.certificates.current()
        self._dtls = _Dtls(self._ice, self._certificate, on_rtp, on_rtcp)
        self._ended = asyncio.Event()
        self._dtls.on("statechange", self._note_state)

    async def gather(self) -> LocalTransport:
        """Open the ports, and say what the answer has to tell of them.

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
                await self._ice.connect()
                await self._shake_hands(remote)
        except (ConnectionError, TimeoutError) as error:
            raise LinkFailedError("the peer could not be reached over UDP") from error
        if self._dtls.state != "connected":
            raise LinkFailedError("the DTLS handshake failed")

    async def add_candidate(self, candidate: RemoteCandidate) -> None:
        """Also look for the peer there.

        The end of candidates is never told to aioice: a peer whose candidates were all passed
        over is still found by its own checks.
        """
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
        """Tell the peer, and free the ports. Does nothing the second time."""
        self._ended.set()
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._dtls.stop()
                await self._ice.close()
        except (ConnectionError, TimeoutError):
            return

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt a report or a request and send it; lost when the peer is gone."""
        path = self._ice._nominated.get(1)
        if path is None or self._dtls._tx_srtp is None:
            return
        try:
            protected = self._dtls._tx_srtp.protect_rtcp(data)
        except pylibsrtp.Error:
            return
        path.protocol.transport.sendto(protected, path.remote_addr)

    @property
    def tag_bytes(self) -> int:
        """What the agreed SRTP profile adds to each packet."""
        chosen = self._dtls._ssl.get_selected_srtp_profile()  # type: ignore[union-attr] # connected
        return _TAG_BYTES.get(chosen, _GCM_TAG_BYTES)

    @property
    def srtp(self) -> Any:  # noqa: ANN401 pylibsrtp has no types
        """The session that encrypts what is sent; for `egress.py`."""
        return self._dtls._tx_srtp

    @property
    def path(self) -> Any:  # noqa: ANN401 aioice has no types here
        """The pair of addresses that ICE has chosen, or None; it may change at any time."""
        return self._ice._nominated.get(1)

    async def _shake_hands(self, remote: Transport) -> None:
        is_client = setup_of(remote.setup) == "active"
        self._dtls._set_role("client" if is_client else "server")
        known = [
            RTCDtlsFingerprint(algorithm=algorithm, value=value)
            for algorithm, value in remote.fingerprints
            if algorithm in FINGERPRINTS
        ]
        await self._dtls.start(RTCDtlsParameters(fingerprints=known))

    def _announced(self, candidate: Candidate) -> LocalCandidate:
        public = self._plan.public_address
        is_same_family = public is not None and (":" in public) == (":" in candidate.host)
        return LocalCandidate(
            foundation=candidate.foundation,
            priority=candidate.priority,
            address=public if public is not None and is_same_family else candidate.host,
            port=candidate.port,
        )

    def _note_state(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self._ended.set()
