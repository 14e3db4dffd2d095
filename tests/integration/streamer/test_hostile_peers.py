"""A peer that is let in and sends whatever it likes: its session may end, nothing else does."""

import asyncio
import re
import socket
from contextlib import closing
from random import Random

import pytest
from aioice import stun

from streamer.udp import stun as ours
from tests.parts.sdp_offers import PASSWORD, viewer_offer
from tests.waiting import until

RANDOM = Random(20261125)
# A ClientHello as OpenSSL 3 begins it: record header, handshake header, version, and on from there.
HELLO = bytes.fromhex(
    "16feff0000000000000000007f010000730000000000000073fefd" + "11" * 32 + "0000" + "0016"
    "c02bc02fcca9cca8c009c013c00ac014009c002f00350100003300170000ff01000100000a00080006001d0017"
    "0018000b00020100000e0007000400080007000d00140012040308040401050308050501080606010201"
)


class Peer:
    """Knows the answer to its offer and so the way in; keeps no promise from there on."""

    def __init__(self, answer):
        text = answer.text
        self.name = re.search(r"a=ice-ufrag:(\S+)", text)[1]
        self.key = re.search(r"a=ice-pwd:(\S+)", text)[1].encode()
        self.port = int(re.search(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host", text)[1])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.setblocking(False)

    def request(self, *, is_chosen=True):
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.name}:frag"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        if is_chosen:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self.key)
        return bytes(request)

    async def connect(self, node):
        """As far as ICE goes; DTLS waits for its first word from then on."""
        loop, key = asyncio.get_running_loop(), PASSWORD.encode()
        (session,) = [s for s in node.sessions if s.link.ufrag == self.name]
        async with asyncio.timeout(60):
            while session.link._dtls.state != "connecting":
                self.send(self.request())
                asked = await loop.sock_recv(self.socket, 2048)
                if asked[:2] == ours.REQUEST:
                    self.send(ours.write_response(asked, ("127.0.0.1", self.port), key))

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.send(data[:1400])


def spoilt(data):
    """With some bytes changed, some missing, or some more."""
    changed = bytearray(data)
    for _ in range(RANDOM.randint(1, 8)):
        changed[RANDOM.randrange(len(changed))] = RANDOM.randrange(256)
    cut = RANDOM.choice([len(changed), RANDOM.randint(1, len(changed))])
    return bytes(changed[:cut]) + RANDOM.randbytes(RANDOM.choice([0, 0, RANDOM.randint(1, 200)]))


def junk(first):
    return bytes([RANDOM.choice(first)]) + RANDOM.randbytes(RANDOM.randint(0, 300))


KINDS = {
    "STUN": lambda peer: spoilt(peer.request()),
    "DTLS": lambda peer: spoilt(HELLO),
    "DTLS-like": lambda peer: junk(range(20, 64)),
    "RTP-like": lambda peer: junk(range(128, 192)),
    "RTCP-like": lambda peer: bytes([0x80, RANDOM.randint(192, 223)]) + junk(range(256)),
    "anything": lambda peer: junk(range(256)),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_datagrams_of_any_kind_disturb_nobody(
    streamer, published, viewers, kind, ask_to_watch
):
    async with viewers(published) as (steady,):
        await until(lambda: steady.pictures, within_s=60, what="a picture comes")
        asked = [await ask_to_watch(viewer_offer()) for _ in range(2)]
        with closing(Peer(asked[0])) as peer, closing(Peer(asked[1])) as stranger:
            await bombard(streamer, steady, peer, stranger, kind)
        (port,) = {p for p in streamer.node.ports if p.number == peer.port}
        assert port.faults_total == 0
        assert 'cause="fault",protocol' not in streamer.node.metrics.render().decode()
        seen = len(steady.pictures)
        await until(lambda: len(steady.pictures) > seen + 20, within_s=60, what="pictures go on")
        assert steady.peer.connectionState == "connected"


async def bombard(streamer, steady, peer, stranger, kind):
    await peer.connect(streamer.node)
    for number in range(400):
        for sender in (peer, stranger):
            sender.send(KINDS[kind](sender))
        if number % 40 == 0:
            seen = len(steady.pictures)
            await until(lambda n=seen: len(steady.pictures) > n, within_s=60, what="it goes on")
