"""A viewer as a load: ICE, DTLS and SRTP are real, nothing is shown."""

import asyncio
import os
import socket
from typing import Any
from urllib.parse import urljoin

import httpx
from aioice import Candidate, Connection
from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.sdp import SessionDescription

from benchmarks.fanout.arrivals import Arrivals
from benchmarks.fanout.socket_filter import attach

CONNECT_S = 90.0
_BUFFER_BYTES = 4 * 2**20
"""That a client which waits for its turn is not taken for a lossy network."""
_MEDIA = (
    "m=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\n"
    "a=rtcp-mux\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;"
    "packetization-mode=1;profile-level-id=42e01f\r\na=rtcp-fb:102 nack\r\n"
    "a=rtcp-fb:102 nack pli\r\n"
)


class _Ice(Connection):
    """On loopback, which aioice would leave out."""

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],  # noqa: ARG002 aioice's own
        timeout: int = 5,  # noqa: ASYNC109 aioice's own
    ) -> list[Candidate]:
        found: list[Candidate] = await super().get_component_candidates(
            component, ["127.0.0.1"], timeout
        )
        return found


class _IceTransport:
    role = "controlling"

    def __init__(self, connection: Connection) -> None:
        self._recv = connection.recv
        self._send = connection.send


class _Dtls(RTCDtlsTransport):
    def __init__(self, ice: Connection, certificate: RTCCertificate, arrivals: Arrivals) -> None:
        super().__init__(_IceTransport(ice), [certificate])  # type: ignore[arg-type] # by shape
        self._arrivals = arrivals

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:  # noqa: ARG002
        self._arrivals.take(data)

    async def _handle_rtcp_data(self, data: bytes) -> None:
        self._arrivals.take_report(data)


class Client:
    """One viewer.

    Args:
        certificate: May be shared by all clients.
        is_filtered: Whether the kernel is to drop most of what comes.
    """

    def __init__(self, certificate: RTCCertificate, *, is_filtered: bool) -> None:
        self.arrivals = Arrivals(is_sampled=is_filtered)
        self._is_filtered = is_filtered
        self._ice = _Ice(ice_controlling=True)
        self._certificate = certificate
        self._dtls = _Dtls(self._ice, certificate, self.arrivals)
        self._session: str | None = None

    async def watch(self, http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> None:
        """Offer, take the answer, connect. Media flows from then on."""
        async with asyncio.timeout(CONNECT_S):
            await self._connect(await self.offer(http, url, headers))

    async def offer(
        self, http: httpx.AsyncClient, url: str, headers: dict[str, str]
    ) -> SessionDescription:
        """Offer, and take the answer for a later day."""
        await self._ice.gather_candidates()
        sent = {**headers, "content-type": "application/sdp"}
        answer = await http.post(url, content=self._offer(), headers=sent)
        answer.raise_for_status()
        location = answer.headers.get("location")
        self._session = urljoin(url, location) if location else None
        return SessionDescription.parse(answer.text)

    async def leave(self, http: httpx.AsyncClient, headers: dict[str, str]) -> None:
        """End the session and free everything."""
        if self._session is not None:
            await http.delete(self._session, headers=headers)
        await self._dtls.stop()
        await self._ice.close()

    async def vanish(self) -> None:
        """Free everything, and say nothing."""
        await self._ice.close()
        await self._dtls.stop()

    async def _connect(self, answer: SessionDescription) -> None:
        media = answer.media[0]
        assert media.ice is not None
        self._ice.remote_username = media.ice.usernameFragment
        self._ice.remote_password = media.ice.password
        self._ice.remote_is_lite = media.ice.iceLite
        for line in media.ice_candidates:
            if line.protocol.lower() == "udp" and line.ip == "127.0.0.1":
                await self._ice.add_remote_candidate(_candidate(line))
        await self._ice.add_remote_candidate(None)
        await self._ice.connect()
        with self._socket() as receiver:
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            if self._is_filtered:
                attach(receiver)
        assert media.dtls is not None
        self._dtls._set_role("server" if media.dtls.role == "client" else "client")  # noqa: SLF001
        await self._dtls.start(media.dtls)
        if self._dtls.state != "connected":
            raise ConnectionError("the DTLS handshake failed")

    def _socket(self) -> socket.socket:
        protocol = self._ice._nominated[1].protocol  # noqa: SLF001 nothing public has the socket
        handle = protocol.transport.get_extra_info("socket")
        return socket.socket(fileno=os.dup(handle.fileno()))

    def _offer(self) -> str:
        digests = {f.algorithm: f.value for f in self._certificate.getFingerprints()}
        lines = [
            f"a=ice-ufrag:{self._ice.local_username}",
            f"a=ice-pwd:{self._ice.local_password}",
            f"a=fingerprint:sha-256 {digests['sha-256']}",
            "a=setup:actpass",
        ]
        lines += [
            f"a=candidate:{c.foundation} 1 udp {c.priority} {c.host} {c.port} typ host"
            for c in self._ice.local_candidates
        ]
        head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        return head + _MEDIA + "\r\n".join([*lines, "a=end-of-candidates", ""])


def _candidate(line: Any) -> Candidate:  # noqa: ANN401 aiortc's own value
    return Candidate(
        foundation=line.foundation,
        component=1,
        transport="udp",
        priority=line.priority,
        host=line.ip,
        port=line.port,
        type=line.type,
    )
