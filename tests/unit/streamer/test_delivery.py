"""One viewer's way through a camera's two streams, with real packets at its end."""

import asyncio
import socket
from contextlib import asynccontextmanager
from itertools import pairwise
from uuid import UUID

import pytest
from pylibsrtp import Policy, Session

from core.live_stream import LiveStream, StreamKey
from streamer.delivery import Delivery
from streamer.egress import SendDesk
from streamer.publication import SILENT_S, Publication
from streamer.rtp.access_unit import AccessUnit
from streamer.rtp.packet import read_rtp
from streamer.shift import Shift
from streamer.template import Group
from streamer.thinning import Share
from streamer.udp.port import UdpPort
from streamer.viewer import Viewer
from tests.fakes.clock import FakeClock
from tests.waiting import until

CAMERA = UUID(int=7)
PARAMETERS = (bytes.fromhex("6742c01edb"), bytes.fromhex("68ce3c80"))
WHOLE, SMALLER = b"whole", b"small"
STAP_A = 24
"""A keyframe shares its packet with its parameter sets."""


def srtp(direction):
    policy = Policy(key=bytes(range(46)), ssrc_type=direction)
    policy.allow_repeat_tx = True
    return Session(policy)


class Peer:
    """A viewer's end of a link: its socket, and what it decrypts."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.srtp = srtp(Policy.SSRC_ANY_OUTBOUND)
        self.way = (port, self.socket.getsockname())
        self._opening = srtp(Policy.SSRC_ANY_INBOUND)
        self._packets = []

    @property
    def packets(self):
        """All that came so far, in order."""
        try:
            while True:
                self._packets.append(read_rtp(self._opening.unprotect(self.socket.recv(2000))))
        except BlockingIOError:
            return self._packets

    def of(self, stream):
        return [packet for packet in self.packets if stream in packet.payload]

    @property
    def numbers(self):
        return [packet.sequence for packet in self.packets]


class Camera:
    """Feeds a publication pictures of one packet, a keyframe among them when it is asked."""

    def __init__(self, clock, desk, stream, name, fps=10):
        self.publication = Publication(StreamKey(CAMERA, stream), clock, desk)
        self.publication.ask_keyframe = lambda: None
        self.name = name
        self._clock, self._ticks, self._count = clock, 90_000 // fps, 0

    def show(self, count=1, *, is_keyframe=False):
        for _ in range(count):
            kind = b"\x65" if is_keyframe else b"\x41"
            head = PARAMETERS if is_keyframe else ()
            self._count += 1
            picture = kind + self.name + self._count.to_bytes(2, "big")
            timestamp = self._count * self._ticks
            self.publication.accept(
                AccessUnit(nals=(*head, picture), timestamp=timestamp, is_keyframe=is_keyframe)
            )
            self._clock.advance(self._ticks / 90_000)


class Stage:
    def __init__(self, port):
        self.clock, desk = FakeClock(), SendDesk()
        self.whole = Camera(self.clock, desk, LiveStream.MAIN, WHOLE)
        self.smaller = Camera(self.clock, desk, LiveStream.SMALLER, SMALLER)
        self.found = self.smaller.publication
        self.peer = Peer(port)
        group = Group(ssrc=self.whole.publication.ssrc, payload_type=96, tag_bytes=10)
        self.viewer = Viewer(self.peer, group, desk, Shift())
        self.delivery = Delivery(
            self.whole.publication, lambda: self.found, self.viewer, self.clock
        )

    def decide(self, share):
        """As reports would."""
        self.viewer._thinning.share = share
        self.viewer._changed.set()

    async def until_live(self, publication):
        await until(
            lambda: self.delivery.is_live and self.delivery.publication is publication,
            within_s=5,
            what="it is live",
        )

    async def until_sent(self, stream, count, feed=None):
        def is_there():
            if feed is not None:
                feed.show()
            return len(self.peer.of(stream)) >= count

        await until(is_there, within_s=5, what=f"{count} packets of {stream}")


@pytest.fixture
async def stage():
    port = UdpPort("127.0.0.1", 0)
    made = Stage(port)
    async with running(made):
        yield made
    made.peer.socket.close()
    port.close()


@asynccontextmanager
async def running(stage):
    stage.whole.show(is_keyframe=True)
    stage.smaller.show(is_keyframe=True)
    async with asyncio.TaskGroup() as tasks:
        begun = [
            tasks.create_task(duty)
            for duty in (
                stage.whole.publication.run(),
                stage.smaller.publication.run(),
                stage.delivery.run(),
            )
        ]
        await stage.until_live(stage.whole.publication)
        yield
        for task in begun:
            task.cancel()


def follow_on(numbers):
    return all((b - a) & 0xFFFF == 1 for a, b in pairwise(numbers))


async def to_smaller(stage):
    """Live on the smaller stream: its kept keyframe, then on from the next one."""
    stage.decide(Share.SMALLER)
    await stage.until_sent(SMALLER, 1)
    stage.smaller.show(is_keyframe=True)
    await stage.until_live(stage.smaller.publication)


async def test_over_a_switch_and_back_numbers_go_on_and_time_does_not_go_back(stage):
    await stage.until_sent(WHOLE, 3, stage.whole)
    await to_smaller(stage)
    assert stage.delivery.share is Share.SMALLER
    await stage.until_sent(SMALLER, 10, stage.smaller)
    stage.decide(Share.WHOLE)
    await stage.until_sent(SMALLER, 15, stage.smaller)  # until the next keyframe of the whole
    stage.whole.show(is_keyframe=True)
    await stage.until_live(stage.whole.publication)
    count = len(stage.peer.of(WHOLE))
    await stage.until_sent(WHOLE, count + 5, stage.whole)
    assert follow_on(stage.peer.numbers)
    times = [packet.timestamp for packet in stage.peer.packets]
    assert all((b - a) % 2**32 < 2**31 for a, b in pairwise(times))
    assert {packet.ssrc for packet in stage.peer.packets} == {stage.whole.publication.ssrc}


async def test_numbers_wrap_over_a_switch_as_they_do_without_one(stage):
    stage.viewer._set_shift(sequence=0xFFFD - stage.peer.numbers[-1])
    stage.whole.publication.follow_path(stage.viewer)
    stage.whole.publication._part(stage.viewer, stage.whole.publication._live[stage.viewer])
    stage.whole.publication.go_live(stage.viewer)
    before = len(stage.peer.numbers)
    await stage.until_sent(WHOLE, len(stage.peer.of(WHOLE)) + 2, stage.whole)
    await to_smaller(stage)
    await stage.until_sent(SMALLER, 10, stage.smaller)
    numbers = stage.peer.numbers[before:]
    assert min(numbers) < 20
    assert max(numbers) > 0xFFF0
    assert follow_on(numbers)


async def test_what_was_lost_of_one_stream_is_not_answered_from_the_other(stage):
    await stage.until_sent(WHOLE, 3, stage.whole)
    stage.delivery._turn_to(Share.SMALLER)  # and nothing of it has been sent
    count = len(stage.peer.packets)
    hit = stage.smaller.publication.ring.newest.first_sequence + stage.viewer.shift.sequence
    stage.smaller.publication.repeat(stage.viewer, (hit & 0xFFFF,))
    assert stage.viewer.counters.repeated_packets == 0
    assert len(stage.peer.packets) == count


async def test_whoever_loses_the_smaller_picture_is_given_its_gop_at_once(stage):
    await to_smaller(stage)
    await stage.until_sent(SMALLER, 8, stage.smaller)
    count = len(stage.peer.of(SMALLER))
    assert stage.viewer.lose_picture(stage.clock.monotonic_s())
    await stage.until_sent(SMALLER, count + 6)  # the camera sends nothing new meanwhile
    await stage.until_live(stage.smaller.publication)
    assert follow_on(stage.peer.numbers)


async def test_keyframes_go_on_with_the_whole_stream_when_the_smaller_one_ends(stage):
    stage.decide(Share.KEYFRAMES)
    await stage.until_sent(SMALLER, 1)
    stage.found, stage.smaller.publication.ask_keyframe = None, None
    stage.whole.show(is_keyframe=True)
    count = len(stage.peer.of(WHOLE))
    await stage.until_sent(WHOLE, count + 1)
    assert stage.delivery.publication is stage.whole.publication
    assert stage.delivery.offered == (Share.WHOLE, Share.KEYFRAMES)
    assert follow_on(stage.peer.numbers)


async def test_whoever_begins_anew_as_the_smaller_stream_ends_is_not_sent_the_whole_one(stage):
    await to_smaller(stage)
    stage.found, stage.smaller.publication.ask_keyframe = None, None
    assert stage.viewer.lose_picture(stage.clock.monotonic_s())
    await until(
        lambda: stage.delivery.publication is stage.whole.publication, within_s=5, what="it is over"
    )
    assert stage.delivery.share is Share.KEYFRAMES


async def test_the_smaller_stream_is_still_offered_to_its_viewer_while_it_stalls(stage):
    await to_smaller(stage)
    stage.found = None  # no picture for a while: it is not ready for others
    stage.clock.advance(SILENT_S + 1)
    assert Share.SMALLER in stage.delivery.offered
    stage.smaller.publication.ask_keyframe = None  # its publisher has gone
    assert Share.SMALLER not in stage.delivery.offered


async def test_of_a_camera_that_is_silent_no_old_picture_is_sent(stage):
    await stage.until_sent(WHOLE, 3, stage.whole)
    stage.found = None
    stage.clock.advance(SILENT_S + 1)
    stage.decide(Share.KEYFRAMES)
    await until(
        lambda: stage.delivery.share is Share.KEYFRAMES, within_s=5, what="it is to get keyframes"
    )
    stage.whole.show(is_keyframe=True)
    await until(lambda: len(keyframes(stage)) > 1, within_s=5, what="a keyframe comes")
    numbers = [packet.payload[-2:] for packet in keyframes(stage)]
    assert len(set(numbers)) == len(numbers) == 2


def keyframes(stage):
    return [packet for packet in stage.peer.packets if packet.payload[0] & 0x1F == STAP_A]


async def test_only_who_is_live_can_begin_anew(stage):
    stage.decide(Share.KEYFRAMES)
    await stage.until_sent(SMALLER, 1)
    assert not stage.delivery.is_live


async def test_numbers_go_on_when_the_last_picture_is_no_longer_kept(stage):
    """A node that was held up takes in so much at once that the ring forgets what was sent."""
    whole = stage.whole.publication
    await stage.until_sent(WHOLE, 3, stage.whole)
    for more in (0, 30):
        await until(lambda: whole.present == whole.units_total, within_s=5, what="all is sent")
        sent = len(stage.peer.of(WHOLE))
        assert stage.viewer.lose_picture(stage.clock.monotonic_s())
        stage.whole.show(more)
        stage.whole.show(is_keyframe=True)
        await stage.until_sent(WHOLE, sent + 5, stage.whole)
        await stage.until_live(whole)
        stage.clock.advance(60)
        stage.whole.show()
    assert follow_on(stage.peer.numbers)
