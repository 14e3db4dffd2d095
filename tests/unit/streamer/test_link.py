"""The way to one peer: how many addresses it may speak from, and what waiting for it costs."""

import asyncio
from contextlib import asynccontextmanager
from struct import pack

import pytest
from aioice import stun as theirs
from pylibsrtp import Policy, Session

from streamer import passthrough
from streamer.certificates import CertificateStore
from streamer.errors import LinkFailedError
from streamer.link import MAX_SOURCES, Link, LinkPlan
from streamer.passthrough import MAX_OTHERS
from streamer.sdp.candidate import RemoteCandidate
from streamer.sdp.offer import Transport
from streamer.udp.port import UdpPort
from tests.fakes.clock import FakeClock
from tests.waiting import until

REMOTE = Transport(
    ufrag="theirs",
    password="a password of some length",
    is_ice_lite=False,
    fingerprints=(("sha-256", "AA"),),
    setup="actpass",
    candidates=(),
)


class Stage:
    """A link that waits for its peer, and requests that the peer could send."""

    def __init__(self, *, takes_media=False):
        self.clock = FakeClock()
        self.port = UdpPort("127.0.0.1", 0)
        plan = LinkPlan(
            certificates=CertificateStore(self.clock),
            ports=[self.port],
            public_addresses=(),
            clock=self.clock,
        )
        self.heard = []
        self.link = Link(plan, self.heard.extend if takes_media else None, self.heard.append)
        self.ice = self.link._ice

    def ask_from(self, number, is_nominating=False):
        """The peer asks from another address of its own; whether it is known by it now."""
        request = theirs.Message(
            message_method=theirs.Method.BINDING, message_class=theirs.Class.REQUEST
        )
        request.attributes["USERNAME"] = f"{self.link.ufrag}:{REMOTE.ufrag}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        if is_nominating:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self.ice.local_password.encode())
        return self.link.take_stun(self.port, bytes(request), ("127.0.0.1", 20_000 + number))

    async def meet(self):
        """The peer asks for the first time."""
        assert self.ask_from(0)
        await until(lambda: self.ice._check_list, within_s=5, what="the peer is looked for")

    def count_looks(self):
        """How often it is looked whether there is somebody to check, from now on."""
        looks, look = [], self.ice._check_periodic

        def counted():
            looks.append(None)
            return look()

        self.ice._check_periodic = counted
        return looks


def srtp(direction):
    return Session(Policy(key=bytes(range(46)), ssrc_type=direction))


@pytest.fixture
async def agreed():
    """Makes links that have agreed on keys, and the other end of each."""
    made = []

    def make(*, takes_media):
        stage = Stage(takes_media=takes_media)
        stage.link._dtls._rx_srtp = srtp(Policy.SSRC_ANY_INBOUND)
        made.append(stage)
        return stage, srtp(Policy.SSRC_ANY_OUTBOUND)

    yield make
    for stage in made:
        await stage.link.close()
        stage.port.close()


@asynccontextmanager
async def connecting():
    stage = Stage()
    await stage.link.gather()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ended(stage.link.connect(REMOTE)))
            await asyncio.sleep(0)
            yield stage
            await stage.link.close()
    finally:
        stage.port.close()


async def ended(connecting_link):
    with pytest.raises(LinkFailedError):
        await connecting_link


def candidate(number):
    return RemoteCandidate(
        foundation="1", priority=1, address=f"192.0.2.{number}", port=9, kind="host"
    )


async def test_a_peer_that_speaks_from_ever_more_addresses_costs_no_more_than_a_few():
    async with connecting() as stage:
        await stage.meet()
        taken = [stage.ask_from(number) for number in range(3 * MAX_OTHERS)]
        assert taken == [True] * MAX_OTHERS + [False] * 2 * MAX_OTHERS
        assert len(stage.ice._remote_candidates) == MAX_OTHERS


async def test_a_peer_that_moves_now_and_then_is_followed_for_ever():
    async with connecting() as stage:
        await stage.meet()
        for number in range(3 * MAX_OTHERS):
            assert stage.ask_from(number)
            stage.clock.advance(1.0)
        assert len(stage.ice._remote_candidates) == len(stage.ice._check_list) == MAX_OTHERS


async def test_the_way_in_use_is_not_forgotten_for_new_addresses():
    async with connecting() as stage:
        await stage.meet()
        chosen = stage.ice._check_list[0]
        stage.ice._nominated[1] = chosen
        for number in range(1, 3 * MAX_OTHERS):
            stage.ask_from(number)
            stage.clock.advance(1.0)
        assert chosen in stage.ice._check_list
        assert stage.link.way == (stage.port, ("127.0.0.1", 20_000))


async def test_candidates_without_end_are_passed_over():
    async with connecting() as stage:
        for number in range(3 * MAX_OTHERS):
            await stage.link.add_candidate(candidate(number))
        assert len(stage.ice._check_list) == MAX_OTHERS


async def test_nobody_is_looked_for_before_there_is_somebody():
    async with connecting() as stage:
        looks = stage.count_looks()
        await asyncio.sleep(0.1)  # as long as aioice takes for five looks
        assert not looks
        stage.ask_from(0)
        await until(lambda: looks, within_s=5, what="the peer is looked for")


async def test_candidates_are_looked_at_before_the_peer_asks():
    async with connecting() as stage:
        looks = stage.count_looks()
        await stage.link.add_candidate(candidate(1))
        await until(lambda: looks, within_s=5, what="the peer is looked for")


def report(source):
    return pack("!BBHI", 0x80, 201, 1, source)


def media(source):
    return pack("!BBHII", 0x80, 96, 1, 1, source) + b"picture"


async def test_a_peer_that_reports_under_ever_more_names_is_left(agreed):
    stage, peer = agreed(takes_media=False)
    for source in range(MAX_SOURCES + 1):
        assert not stage.link._ended.is_set()
        stage.link.take_rtcp(peer.protect_rtcp(report(source)))
    assert stage.heard == [report(source) for source in range(MAX_SOURCES)]
    await asyncio.wait_for(stage.link.wait_ended(), 5)


async def test_a_publisher_under_ever_more_names_is_left(agreed):
    stage, peer = agreed(takes_media=True)
    for source in range(MAX_SOURCES + 1):
        assert not stage.link._ended.is_set()
        data = peer.protect(media(source))
        stage.link.take_rtp(memoryview(bytearray(data)), len(data))
    assert stage.heard == [media(source) for source in range(MAX_SOURCES)]
    await asyncio.wait_for(stage.link.wait_ended(), 5)


async def test_media_of_a_viewer_is_not_even_decrypted(agreed):
    stage, peer = agreed(takes_media=False)
    data = peer.protect(media(1))
    came = bytearray(data)
    stage.link.take_rtp(memoryview(came), len(came))
    assert bytes(came) == data


async def test_a_peer_that_names_the_way_and_answers_nothing_is_believed(monkeypatch):
    monkeypatch.setattr(passthrough, "ANSWER_S", 0.0)
    async with connecting() as stage:
        stage.ask_from(0, is_nominating=True)
        await until(lambda: stage.link.way, within_s=5, what="the way is taken")
        assert stage.link.way == (stage.port, ("127.0.0.1", 20_000))


async def test_a_peer_that_only_asks_is_believed_nothing(monkeypatch):
    monkeypatch.setattr(passthrough, "ANSWER_S", 0.0)
    async with connecting() as stage:
        await stage.meet()
        assert stage.ice._doubt is None
        stage.ice._believe()
        assert stage.link.way is None


async def test_the_first_way_that_is_named_is_not_left_for_one_that_answers_nothing(monkeypatch):
    monkeypatch.setattr(passthrough, "ANSWER_S", 0.0)
    async with connecting() as stage:
        stage.ask_from(0, is_nominating=True)
        await until(lambda: stage.link.way, within_s=5, what="the way is taken")
        stage.ask_from(1, is_nominating=True)
        stage.ice._believe()
        assert stage.link.way == (stage.port, ("127.0.0.1", 20_000))
