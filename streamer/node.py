"""What the endpoints of one node share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request

from core.clock import Clock
from core.live_stream import StreamKey
from core.live_token import LiveGrant
from streamer.addresses import bind_addresses
from streamer.certificates import CertificateStore
from streamer.crew.assignment import session_id_at
from streamer.crew.departures import Departures, seat_number_of
from streamer.door import Door, claim_of
from streamer.egress import SendDesk
from streamer.engine import EMBEDDED
from streamer.ice_servers import links_of
from streamer.limits import Occupancy
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
        departures: Tells the front of a crew who has left; None: there is no crew.
    """

    def __init__(
        self,
        settings: StreamerSettings,
        clock: Clock,
        tasks: asyncio.TaskGroup,
        departures: Departures | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.departures = departures
        self.door = Door(settings, clock)
        self.admission = self.door.admission
        self.occupancy = Occupancy(settings.limits)
        self.desk = SendDesk()
        self.publications = Publications(tasks, clock, settings.publisher_grace, self.desk)
        self.ports: list[UdpPort] = []
        self.metrics = Metrics(self.publications, clock, self.ports)
        self.sessions = Sessions(tasks, self.metrics, clock)
        self._plan = LinkPlan(
            certificates=CertificateStore(clock),
            ports=self.ports,
            public_addresses=settings.public_address,
            clock=clock,
        )

    async def begin(self) -> None:
        """Bind the UDP ports and read from them, unless another engine carries live.

        Called in the loop, once.

        Raises:
            PortTakenError: An address that the settings name cannot be bound.
        """
        settings = self.settings
        if settings.engine == EMBEDDED:
            addresses = bind_addresses(settings.udp_addresses, settings.public_address)
            self.ports += open_ports(addresses, settings.udp_port)
        if self.departures is not None:
            await self.departures.open()

    def take_seat(self, request: Request, grant: LiveGrant) -> Callable[[], None]:
        """Count a session in that is asked for; gives what counts it out.

        Raises:
            OverloadedError: A limit is reached; nothing was counted.
        """
        claim = claim_of(request, grant)
        number = seat_number_of(request) if self.departures is not None else None
        self.occupancy.take(claim)

        def leave() -> None:
            self.occupancy.leave(claim)
            if self.departures is not None and number is not None:
                self.departures.tell(number)

        return leave

    async def open(
        self,
        direction: Direction,
        key: StreamKey,
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
            key=key,
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

    def links_for(self, subject: str) -> dict[str, str]:
        """The header that tells a client which relays it may use; none where there are none."""
        links = links_of(self.settings.relays, subject, self.clock.utc())
        return {"Link": links} if links else {}

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
        if self.departures is not None:
            self.departures.close()
