"""One port for all: each peer gets what is its own."""

import gc
import socket
import weakref
from struct import pack

import pytest
from aioice import stun as theirs
from structlog.testing import capture_logs

from streamer import _native
from streamer.errors import PortTakenError
from streamer.udp import port as ports
from streamer.udp import stun
from streamer.udp.port import MAX_ADDRESSES, UdpPort
from tests.waiting import until

KEY = b"a password of some length"
RTP = bytes.fromhex("8060000100000000000000ab")
RTCP = bytes.fromhex("80c80001000000ab")
DTLS = bytes.fromhex("16feff0000")


class Somebody:
    """Keeps what it is given."""

    def __init__(self, ufrag="somebody"):
        self.ufrag = ufrag
        self.got = []

    def take_stun(self, port, data, address):
        self.got.append(("stun", data))
        return data[:2] == stun.REQUEST and stun.is_authentic(data, KEY)

    def take_dtls(self, data):
        self.got.append(("dtls", data))

    def take_rtp(self, datagrams, stride):
        parts = range(0, len(datagrams), stride)
        self.got += [("rtp", bytes(datagrams[at : at + stride])) for at in parts]

    def take_rtcp(self, data):
        self.got.append(("rtcp", data))

    def kinds(self):
        return [kind for kind, _ in self.got]


def request_for(ufrag, key=KEY):
    request = theirs.Message(
        message_method=theirs.Method.BINDING, message_class=theirs.Class.REQUEST
    )
    request.attributes["USERNAME"] = f"{ufrag}:theirs"
    request.add_message_integrity(key)
    return bytes(request)


@pytest.fixture(params=["C", "Python"])
async def port(request):
    opened = UdpPort("127.0.0.1", 0, _native if request.param == "C" else None)
    yield opened
    opened.close()


@pytest.fixture
def speak(port):
    """Sockets that send to the port."""
    opened = []

    def begin():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind(("127.0.0.1", 0))
        sender.connect(("127.0.0.1", port.number))
        opened.append(sender)
        return sender

    yield begin
    for sender in opened:
        sender.close()


async def test_who_asked_with_the_right_password_is_known_by_its_address(port, speak):
    peer, sender = Somebody(), speak()
    port.add(peer)
    for data in (request_for("somebody"), DTLS, RTP, RTCP):
        sender.send(data)
    await until(lambda: len(peer.got) == 4, within_s=5, what="all arrives")
    assert peer.kinds() == ["stun", "dtls", "rtp", "rtcp"]


async def test_media_of_a_stranger_is_counted_and_reaches_nobody(port, speak):
    peer, sender = Somebody(), speak()
    port.add(peer)
    for data in (request_for("somebody", key=b"a guess at the password"), DTLS, RTP, RTCP, b"x"):
        sender.send(data)
    await until(lambda: port.strangers_total == 4, within_s=5, what="all arrives")
    assert peer.kinds() == ["stun"]


async def test_two_peers_get_their_own(port, speak):
    one, other = Somebody("one"), Somebody("other")
    for peer in (one, other):
        port.add(peer)
        sender = speak()
        sender.send(request_for(peer.ufrag))
        sender.send(RTP + peer.ufrag.encode())
    await until(lambda: len(one.got) == len(other.got) == 2, within_s=5, what="all arrives")
    assert one.got[1] == ("rtp", RTP + b"one")
    assert other.got[1] == ("rtp", RTP + b"other")


async def test_packets_that_the_kernel_joined_are_taken_apart(port, speak):
    peer, sender = Somebody(), speak()
    port.add(peer)
    sender.send(request_for("somebody"))
    packets = [RTP + bytes([number]) * 100 for number in range(9)] + [RTP + b"tail"]
    sender.sendmsg([b"".join(packets)], [(17, 103, pack("=H", len(packets[0])))])
    await until(lambda: len(peer.got) == 11, within_s=5, what="all arrives")
    assert [data for _, data in peer.got[1:]] == packets


async def test_rtcp_among_joined_packets_is_told_apart(port, speak):
    peer, sender = Somebody(), speak()
    port.add(peer)
    sender.send(request_for("somebody"))
    same_size = RTCP + bytes(4)
    sender.sendmsg([RTP + RTP + same_size + RTP], [(17, 103, pack("=H", len(RTP)))])
    await until(lambda: len(peer.got) == 5, within_s=5, what="all arrives")
    assert peer.kinds() == ["stun", "rtp", "rtp", "rtcp", "rtp"]


async def test_who_has_left_gets_nothing_more(port, speak):
    peer, sender = Somebody(), speak()
    port.add(peer)
    sender.send(request_for("somebody"))
    await until(lambda: peer.got, within_s=5, what="it is known")
    port.remove(peer)
    sender.send(RTP)
    await until(lambda: port.strangers_total == 1, within_s=5, what="it arrives")
    assert peer.kinds() == ["stun"]
    assert not port._by_address
    assert not port._addresses


async def test_a_response_finds_who_asked_though_its_sender_is_not_known_yet(port, speak):
    peer, sender = Somebody(), speak()
    port.add(peer)
    asked = stun.write_request(bytes(range(12)), "a:b", 1, 2, KEY)
    port.send(peer, asked, sender.getsockname())
    sender.send(stun.write_response(sender.recv(2000), ("192.0.2.1", 1), KEY))
    await until(lambda: peer.got, within_s=5, what="the response arrives")
    assert peer.kinds() == ["stun"]


async def test_who_has_left_is_not_kept_for_an_answer_that_never_came(port):
    peer = Somebody()
    port.add(peer)
    request = stun.write_request(bytes(12), "a:b", 1, 2, KEY, is_controlling=False)
    port.send(peer, request, ("127.0.0.1", 9))
    port.remove(peer)
    left = weakref.ref(peer)
    del peer
    gc.collect()
    assert left() is None


async def test_the_addresses_of_one_peer_are_bounded(port, speak):
    peer = Somebody()
    port.add(peer)
    for _ in range(MAX_ADDRESSES + 3):
        speak().send(request_for("somebody"))
    await until(lambda: len(peer.got) == MAX_ADDRESSES + 3, within_s=5, what="all arrives")
    assert len(port._by_address) == MAX_ADDRESSES


async def test_a_computer_in_four_networks_with_three_relays_is_heard_from_each(port, speak):
    peer, speakers = Somebody(), [speak() for _ in range(16)]
    port.add(peer)
    for speaker in speakers:
        speaker.send(request_for("somebody"))
    await until(lambda: len(peer.got) == 16, within_s=5, what="all have asked")
    for speaker in speakers:
        speaker.send(DTLS)
    await until(lambda: len(peer.got) + port.strangers_total == 32, within_s=5, what="all comes")
    assert peer.kinds()[16:] == ["dtls"] * 16


async def test_a_peer_whose_handler_fails_takes_the_port_from_nobody(port, speak):
    class Failing(Somebody):
        def take_rtcp(self, _data):
            raise ValueError("a fault of ours")

        def take_rtp(self, _datagrams, _stride):
            raise ValueError("another one")

    bad, good = Failing("bad"), Somebody("good")
    port.add(bad)
    port.add(good)
    speakers = [speak(), speak()]
    for speaker, peer in zip(speakers, (bad, good), strict=True):
        speaker.send(request_for(peer.ufrag))
    await until(lambda: bad.got and good.got, within_s=5, what="both are known")
    for data in (RTP, RTCP) * 3:
        for speaker in speakers:
            speaker.send(data)
    await until(lambda: len(good.got) == 7, within_s=5, what="the other gets its own")
    assert port.faults_total == 6


async def test_a_port_that_is_taken_is_named(port):
    with pytest.raises(PortTakenError, match=f"UDP port {port.number} of 127.0.0.1"):
        UdpPort("127.0.0.1", port.number)


async def test_packets_of_two_peers_that_come_mixed_reach_each_in_order(port, speak):
    peers = [Somebody("one"), Somebody("other")]
    senders = [speak(), speak()]
    for peer, sender in zip(peers, senders, strict=True):
        port.add(peer)
        sender.send(request_for(peer.ufrag))
    sizes = [90, 90, 90, 40, 90, 120, 120, 7, 7]
    for number, size in enumerate(sizes):
        for sender in senders if number % 2 else reversed(senders):
            sender.send(RTP + bytes([number]) * size)
    for peer in peers:
        await until(lambda peer=peer: len(peer.got) == 10, within_s=5, what="all arrives")
        assert [(data[-1], len(data) - len(RTP)) for _, data in peer.got[1:]] == list(
            enumerate(sizes)
        )


async def test_an_ipv6_port_knows_its_peers():
    port = UdpPort("::1", 0)
    try:
        peer = Somebody()
        port.add(peer)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
            sender.connect(("::1", port.number))
            sender.send(request_for("somebody"))
            sender.send(RTP)
            await until(lambda: len(peer.got) == 2, within_s=5, what="all arrives")
            assert list(port._by_address) == [sender.getsockname()[:2]]
    finally:
        port.close()


async def test_a_machine_that_allows_small_buffers_alone_is_told_how_to_allow_more(monkeypatch):
    monkeypatch.setattr(ports, "BUFFER_BYTES", 2**30)  # no machine allows that
    with capture_logs() as told:
        UdpPort("127.0.0.1", 0).close()
    assert [line["sysctl"] for line in told] == ["net.core.rmem_max", "net.core.wmem_max"]
    assert all(0 < line["given_bytes"] < line["wanted_bytes"] for line in told)
