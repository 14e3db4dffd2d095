"""Both inner loops, C and Python, send the same; a kernel that cuts no datagrams is no obstacle."""

import socket
from itertools import zip_longest

import pytest
import structlog
from pylibsrtp import Policy, Session

from streamer import _native
from streamer.egress import Egress, SendDesk
from streamer.rtp.packet import read_rtp
from streamer.shift import Shift
from streamer.template import Group, lay_out
from streamer.udp.port import UdpPort
from streamer.unit_ring import PacketizedUnit

SO_NO_CHECK = 11  # a socket without checksums cannot have its datagrams cut
PROFILES = {
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM: 16,
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80: 10,
}


def session(profile, direction):
    policy = Policy(key=bytes(range(46)), ssrc_type=direction, srtp_profile=profile)
    policy.allow_repeat_tx = True
    return Session(policy)


class Link:
    """As much of a link as egress asks for."""

    def __init__(self, port, profile, family=socket.AF_INET):
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.receiver = socket.socket(family, socket.SOCK_DGRAM)
        self.receiver.settimeout(5)
        self.receiver.bind((host, 0))
        self.srtp = session(profile, Policy.SSRC_ANY_OUTBOUND)
        self.opening = session(profile, Policy.SSRC_ANY_INBOUND)
        self.way = (port, self.receiver.getsockname()[:2])

    def packets(self, count):
        return [self.opening.unprotect(self.receiver.recv(2000)) for _ in range(count)]


def unit(*nal_sizes):
    nals = [bytes([0x41]) + bytes([n + 1]) * (size - 1) for n, size in enumerate(nal_sizes)]
    return PacketizedUnit(
        number=1, first_sequence=700, timestamp=9000, nals=nals, is_keyframe=False
    )


def template_of(picture, tag_bytes=16):
    group = Group(ssrc=5, payload_type=96, tag_bytes=tag_bytes)
    return lay_out(picture, group)


@pytest.fixture(params=["C", "Python"])
def desk(request):
    return SendDesk(_native if request.param == "C" else None)


@pytest.fixture
async def port():
    opened = UdpPort("127.0.0.1", 0)
    yield opened
    opened.close()


@pytest.fixture
def links(port):
    opened = []

    def begin(count, profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM):
        opened.extend(Link(port, profile) for _ in range(count))
        return opened

    yield begin
    for link in opened:
        link.receiver.close()


def send(desk, port, links, template, shifts=()):
    ways = [Egress(*one) for one in zip_longest(links, shifts, fillvalue=Shift())]
    packed = b"".join(way.packed for way in ways)
    return [desk.send(port, template, burst, ways, packed) for burst in template.bursts]


def plain(template):
    found, start = [], 0
    for burst in template.bursts:
        for index, length in enumerate(burst.lengths):
            start = burst.start + index * burst.stride
            found.append(template.layout[start : start + length])
    return found


@pytest.mark.parametrize("profile", PROFILES)
async def test_every_viewer_gets_every_packet(desk, port, links, profile):
    template = template_of(unit(30, 9000, 2500), PROFILES[profile])
    for link in links(3, profile):
        assert link.way
    assert not any(send(desk, port, links(0), template))
    for link in links(0):
        assert link.packets(template.packets) == plain(template)


async def test_each_viewer_gets_numbers_of_its_own(desk, port, links):
    template = template_of(unit(30, 2500))
    shifts = [Shift(), Shift(sequence=0xFFFF - 700, timestamp=-9001), Shift(timestamp=2**32)]
    assert not any(send(desk, port, links(3), template, shifts))
    got = [[read_rtp(packet) for packet in link.packets(3)] for link in links(0)]
    first = [(packets[0].sequence, packets[0].timestamp) for packets in got]
    assert first == [(700, 9000), (0xFFFF, 2**32 - 1), (700, 9000)]
    assert [packet.sequence for packet in got[1]] == [0xFFFF, 0, 1]
    assert [p.payload for p in got[0]] == [p.payload for p in got[1]]


async def test_a_hundred_viewers_fit_in_more_than_one_batch(desk, port, links):
    template = template_of(unit(9000))
    assert not any(send(desk, port, links(100), template))
    assert all(link.packets(template.packets) == plain(template) for link in links(0))


async def test_where_the_kernel_cuts_nothing_each_packet_is_sent_alone(desk, port, links):
    port.socket.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    template = template_of(unit(9000))
    with structlog.testing.capture_logs() as logs:
        assert not any(send(desk, port, links(3), template))
        assert all(link.packets(template.packets) == plain(template) for link in links(0))
        assert not any(send(desk, port, links(0), template))
    assert not desk.has_segments
    # Servers of other tests in this process may log as well.
    told = [entry["event"] for entry in logs if entry["event"].startswith("egress.")]
    assert told == ["egress.without_segments"]


async def test_who_cannot_be_reached_is_named_and_the_others_are_served(desk, port, links):
    lost, served = links(2)
    lost.way = (port, ("::1", 9))  # of another family than the port
    template = template_of(unit(3000))
    assert send(desk, port, [lost, served], template) == [frozenset({0})]
    assert served.packets(template.packets) == plain(template)
    assert desk.has_segments or desk._native is None


def test_a_burst_that_lies_about_its_lengths_is_refused_by_the_c_loop():
    for lengths, size, stride in (
        (b"\xff\xff", 100, 100),
        (b"", 100, 100),
        (b"\x14\0" * 3, 50, 20),
        (b"\x0a\0", 30, 20),
    ):
        with pytest.raises(ValueError, match="burst"):
            _native.send(0, 1, bytes(size), stride, lengths, bytes(48), True)
    with pytest.raises(ValueError, match="viewers"):
        _native.send(0, 1, bytes(20), 20, b"\x14\0", bytes(40), True)


async def test_both_loops_open_what_was_protected(monkeypatch):
    from streamer import passthrough

    sender = session(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SSRC_ANY_OUTBOUND)
    packets = [bytes.fromhex(f"8060{n:04x}00000000000000ab") + bytes(50) for n in range(4)]
    protected = [sender.protect(packet) for packet in packets]
    protected[2] = protected[2][:-1] + b"?"  # somebody changed it on the way
    for loop in (_native, None):
        monkeypatch.setattr(passthrough, "native", loop)
        dtls = passthrough.Dtls.__new__(passthrough.Dtls)
        dtls._rx_srtp = session(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SSRC_ANY_INBOUND)
        memory = memoryview(bytearray(b"".join(protected)))
        assert dtls.opened(memory, len(protected[0])) == packets[:2] + packets[3:]
