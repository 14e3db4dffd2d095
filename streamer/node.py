"""What the endpoints of one node share."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from core.clock import Clock
from core.live_token import LiveGrant
from streamer.addresses import bind_addresses
from streamer.admission import Admission
from streamer.certificates import CertificateStore
from streamer.crew.assignment import session_id_at
from streamer.egress import SendDesk
from streamer.limits import Occupancy, RequestRate
from streamer.link import Link, LinkPlan
from streamer.metrics import Metrics
from streamer.publications import Publications
from streamer.sdp.answer import Stream, write_answer
from streamer.sdp.offer import Offer
from streamer.session import Direction, Part, Session
from streamer.sessions import Sessions
from streamer.settings import StreamerSettings
from streamer.udp.port import UdpPort
from streamer.udp.ports import open_ports

_REQUESTS_AT_ONCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A session that has its ports and its answer, and has not begun."""

    session: Session
    answer: str


class Node:
    """Puts the parts of the streamer together.

    Args:
        settings: Of this process.
        clock: The time.
        tasks: Lives as long as the node; sessions and fan-outs run in it.
    """

    def __init__(self, settings: StreamerSettings, clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self.settings = settings
        self.clock = clock
        self.admission = Admission(settings.key, clock)
        self.occupancy = Occupancy(settings.limits)
        self.rate = RequestRate(
            rate_per_s=settings.requests_per_s,
            burst=settings.requests_per_s * _REQUESTS_AT_ONCE_S,
        )
        self.desk = SendDesk()
        self.publications = Publications(tasks, clock, settings.publisher_grace, self.desk)
        self.metrics = Metrics(self.publications, clock)
        self.sessions = Sessions(tasks, self.metrics, clock)
        self.ports: list[UdpPort] = []
        self._plan = LinkPlan(
            certificates=CertificateStore(clock),
            ports=self.ports,
            public_address=settings.public_address,
            clock=clock,
        )

    def open_ports(self) -> None:
        """Bind the UDP ports and read from them. Called in the loop, once.

        Raises:
            PortTakenError: An address that the settings name cannot be bound.
        """
        settings = self.settings
        self.ports += open_ports(
            bind_addresses(settings.udp_addresses, settings.public_address), settings.udp_port
        )

    async def open(
        self,
        direction: Direction,
        grant: LiveGrant,
        token_digest: bytes,
        offer: Offer,
        stream: Stream,
        part: Part,
    ) -> Opening:
        """Gather addresses and write the answer.

        Raises:
            LinkFailedError: No address of this machine can be used.
        """
        link = Link(self._plan, part.on_rtp, part.on_rtcp)
        try:
            local = await link.gather()
        except BaseException:
            await link.close()
            raise
        session_id = session_id_at(self.settings.worker)
        session = Session(
            session_id=session_id,
            camera_id=grant.camera_id,
            direction=direction,
            subject=grant.subject,
            token_digest=token_digest,
            remote=offer.transport,
            link=link,
            part=part,
        )
        # An o= line carries at most 63 bits; these are not the secret id of the session.
        answer = write_answer(offer, stream, local, uuid4().int >> 66)
        return Opening(session=session, answer=answer)

    @staticmethod
    def path_of(session: Session) -> str:
        """Where the session is reached."""
        return f"/{session.direction.value}/sessions/{session.session_id}"

    async def shut_down(self) -> None:
        """End all sessions and publications; their tasks end with them."""
        await self.sessions.end_all()
        self.publications.end_all()
        for port in self.ports:
            port.close()
