"""WHIP: a station publishes one camera. Source: RFC 9725."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from core.live_stream import StreamKey
from core.live_token import LiveGrant
from streamer.admission import bearer_of, digest_of
from streamer.errors import UnacceptableOfferError
from streamer.http_headers import CORS, SDP, read_body
from streamer.node import Node, Opening
from streamer.paths import key_of
from streamer.publishing import Publishing
from streamer.rtp.ingest import IngestPlan
from streamer.sdp.answer import Stream
from streamer.sdp.h264 import choose_h264, retransmission_of
from streamer.sdp.offer import MediaOffer, Offer, read_offer
from streamer.sdp.rules import publisher_video
from streamer.session import Direction


class WhipEndpoint:
    """`POST /whip/{camera_id}`, and `/smaller` below it."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def post(self, request: Request) -> Response:
        """Answer an offer to publish. The newest publisher of a stream takes over."""
        node, key = self._node, key_of(request)
        authorization = request.headers.get("authorization")
        grant = node.door.admit(request, key.camera_id, Direction.WHIP.action(key.stream))
        offer = read_offer(await read_body(request, SDP))
        video = publisher_video(offer)
        leave = node.take_seat(request, grant)
        try:
            node.admission.spend(grant)
            digest = digest_of(bearer_of(authorization))
            opening = await self._open(key, grant, digest, offer, video)
        except BaseException:
            leave()
            raise
        node.sessions.begin(opening.session, leave)
        await node.sessions.end_publishers_before(opening.session)
        return created(node, opening)

    async def _open(
        self,
        key: StreamKey,
        grant: LiveGrant,
        token_digest: bytes,
        offer: Offer,
        video: MediaOffer,
    ) -> Opening:
        node = self._node
        codec = choose_h264(video.codecs, None)
        if codec is None:
            raise UnacceptableOfferError("video must be offered as H.264, packetization mode 1")
        repeated = retransmission_of(video.codecs, codec)
        plan = IngestPlan(
            payload_type=codec.payload_type,
            retransmission_type=repeated.payload_type if repeated else None,
        )
        codecs = (codec, repeated) if repeated else (codec,)
        stream = Stream(mid=video.mid, direction="recvonly", codecs=codecs)
        part = Publishing(key, plan, node.publications, node.metrics, node.clock)
        return await node.open(Direction.WHIP, key, grant, token_digest, offer, stream, part)


def created(node: Node, opening: Opening) -> Response:
    """The 201 that begins a session."""
    headers = {
        **CORS,
        **node.links_for(opening.session.subject),
        "Location": node.path_of(opening.session),
        "Cache-Control": "no-store",
    }
    return Response(opening.answer, HTTPStatus.CREATED, headers, media_type=SDP)
