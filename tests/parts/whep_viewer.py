"""A viewer made of stock aiortc: it keeps a digest of each picture instead of decoding it."""

import hashlib
import re
import socket
from typing import Self
from urllib.parse import urljoin
from uuid import UUID

import aiortc.rtcrtpreceiver
import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from core.live_token import LiveAction
from recorder.live.whip_session import reach_loopback
from streamer import absence
from tests.parts.bad_link import BadLink
from tests.parts.live_streamer import LiveStreamer
from tests.waiting import until_answer

IDR = 5
ANSWERS_S = 60.0
BUFFER_BYTES = 4 * 2**20
"""That a viewer which waits for its turn is not taken for a lossy network."""


def nals_of(annex_b: bytes) -> list[bytes]:
    """The NAL units of a picture."""
    parts = annex_b.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


def digest_of(annex_b: bytes, *, is_slices_only: bool = False) -> str:
    """A digest over the NAL units of a picture, whatever start codes lie between them."""
    nals = nals_of(annex_b)
    kept = [nal for nal in nals if not is_slices_only or nal[0] & 0x1F in (1, 5)]
    return hashlib.sha256(b"\0\0\1".join(kept)).hexdigest()


def is_let_in(answer: httpx.Response) -> bool:
    """Whether a session begins; else it was put off, and told when to come again."""
    if answer.status_code == 201:
        return True
    assert answer.status_code in (409, 503), answer.text
    assert int(answer.headers["retry-after"]) >= 1
    return False


class WhepViewer:
    """Watches one camera; in an `async with` it leaves at its end.

    Install `keep_instead_of_decode` first.

    Args:
        streamer: Where.
        camera_id: Which.
        subject: Who.
        through: The network in between; None: none.
    """

    def __init__(
        self,
        streamer: LiveStreamer,
        camera_id: UUID,
        subject: str = "somebody",
        through: BadLink | None = None,
    ) -> None:
        self.through = through
        self.streamer = streamer
        self.camera_id = camera_id
        self.bearer = streamer.bearer(camera_id, LiveAction.VIEW, subject)
        self.location = None
        self.pictures: list[bytes] = []
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def offer(self) -> str:
        """The same one each time: who was told to come again asks for nothing else."""
        if not self.peer.getTransceivers():
            transceiver = self.peer.addTransceiver("video", direction="recvonly")
            reach_loopback(transceiver.sender)
            await self.peer.setLocalDescription(await self.peer.createOffer())
            self._take_room()
        offered = self.peer.localDescription.sdp
        # Behind that network there is no other way to the viewer than through it.
        return offered if self.through is None else re.sub(r"a=candidate:.*\r\n", "", offered)

    async def ask(self) -> httpx.Response:
        """Offer; the answer is not taken yet."""
        headers = {**self.bearer, "content-type": "application/sdp"}
        url = f"{self.streamer.url}/whep/{self.camera_id}"
        async with httpx.AsyncClient(timeout=ANSWERS_S) as client:
            return await client.post(url, content=await self.offer(), headers=headers)

    async def join(self) -> None:
        """Watch as soon as one is let in: there may be no keyframe yet, or no room."""
        answer = await until_answer(self.ask, is_let_in, within_s=60, what="a viewer is let in")
        await self.take(answer)

    async def take(self, answer: httpx.Response) -> None:
        """Take the answer, and keep pictures from then on."""
        assert answer.status_code == 201, answer.text
        self.location = urljoin(self.streamer.url, answer.headers["location"])
        text = answer.text
        if self.through is not None:
            text = re.sub(r" \d+ typ host", f" {self.through.port} typ host", text)
        await self.peer.setRemoteDescription(RTCSessionDescription(text, "answer"))
        for codec in self.peer.getTransceivers()[0]._codecs:
            _pictures_by_codec[id(codec)] = self.pictures

    def _take_room(self) -> None:
        connection = self.peer.getTransceivers()[
            0
        ].sender.transport.transport.iceGatherer._connection
        for protocol in connection._protocols:
            own = protocol.transport.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)

    async def ask_keyframe(self) -> None:
        """Say that the picture is lost (PLI)."""
        receiver = self.peer.getReceivers()[0]
        ssrc = next(source.source for source in receiver.getSynchronizationSources())
        await receiver._send_rtcp_pli(ssrc)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        await self.peer.close()


class _Keeper:
    """Stands where aiortc has a decoder."""

    def __init__(self, codec) -> None:
        self.pictures = _pictures_by_codec[id(codec)]

    def decode(self, frame) -> list:
        self.pictures.append(bytes(frame.data))
        return []


_pictures_by_codec: dict[int, list[bytes]] = {}
# A receiver hands its decoder the very codec of its transceiver: that tells whose it is.


def keep_instead_of_decode(monkeypatch) -> None:
    """Have aiortc's receivers keep pictures.

    Where the streamer is in this process, a hold-up of it is not taken for one of all viewers, who
    would be sent the last keyframe again.
    """
    monkeypatch.setattr(absence, "AWAY_S", 60.0)
    _pictures_by_codec.clear()
    monkeypatch.setattr(aiortc.rtcrtpreceiver, "get_decoder", _Keeper)
