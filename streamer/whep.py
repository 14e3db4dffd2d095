"""WHEP: a browser watches one camera. Source: draft-ietf-wish-whep-03."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from core.live_token import LiveGrant
from streamer.admission import bearer_of, digest_of
from streamer.errors import UnacceptableOfferError
from streamer.http_headers import SDP, read_body
from streamer.node import Node, Opening
from streamer.paths import key_of
from streamer.playout import PLAYOUT_DELAY
from streamer.publication import Publication
from streamer.sdp.answer import Stream
from streamer.sdp.h264 import choose_h264, retransmission_of
from streamer.sdp.offer import Codec, MediaOffer, Offer, read_offer
from streamer.sdp.rules import viewer_video
from streamer.session import Direction
from streamer.watching import Watching
from streamer.whip import created


class WhepEndpoint:
    """`POST /whep/{camera_id}`."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def post(self, request: Request) -> Response:
        """Answer an offer to watch; 409 while no pictures come."""
        node, key = self._node, key_of(request)
        authorization = request.headers.get("authorization")
        grant = node.door.admit(request, key.camera_id, Direction.WHEP.action())
        offer = read_offer(await read_body(request, SDP))
        video = viewer_video(offer)
        leave = node.take_seat(request, grant)
        try:
            publication = await node.publications.expect(key.camera_id)
            digest = digest_of(bearer_of(authorization))
            opening = await self._open(grant, digest, offer, video, publication)
        except BaseException:
            leave()
            raise
        node.sessions.begin(opening.session, leave)
        return created(node, opening)

    async def _open(
        self,
        grant: LiveGrant,
        token_digest: bytes,
        offer: Offer,
        video: MediaOffer,
        publication: Publication,
    ) -> Opening:
        node = self._node
        codec = choose_h264(video.codecs, publication.profile)
        if codec is None:
            raise UnacceptableOfferError("video must be offered as H.264, packetization mode 1")
        stream = _answered(video, codec, publication)
        part = Watching(publication, node.publications, stream, node.desk, node.metrics, node.clock)
        return await node.open(
            Direction.WHEP, publication.key, grant, token_digest, offer, stream, part
        )


def _answered(video: MediaOffer, codec: Codec, publication: Publication) -> Stream:
    """The stream in that codec, with one for what the viewer loses where it offers that."""
    stream = Stream(mid=video.mid, direction="sendonly", codecs=(codec,), ssrc=publication.ssrc)
    repeats = retransmission_of(video.codecs, codec)
    if repeats is None:
        return stream
    return replace(
        stream,
        codecs=(codec, repeats),
        repeats_ssrc=publication.repeats_ssrc,
        extension=next((one for one in video.extensions if one[1] == PLAYOUT_DELAY), None),
    )
