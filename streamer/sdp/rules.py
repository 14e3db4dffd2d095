"""What WHIP and WHEP ask of an offer beyond its being SDP. Pure."""

from streamer.errors import UnacceptableOfferError
from streamer.sdp.offer import MediaOffer, Offer

_MAX_MEDIA = 2


def publisher_video(offer: Offer) -> MediaOffer:
    """The video that a publisher offers to send.

    Raises:
        UnacceptableOfferError: It offers anything else besides: nothing is taken in part.
    """
    _hold_to_one_transport(offer)
    if len(offer.media) != 1:
        raise UnacceptableOfferError("this streamer takes one video stream and nothing besides")
    return _video(offer, ("sendonly", "sendrecv"))


def viewer_video(offer: Offer) -> MediaOffer:
    """The video that a viewer offers to receive. Audio beside it is answered as inactive.

    Raises:
        UnacceptableOfferError: More than one video or one audio, or a viewer that sends.
    """
    _hold_to_one_transport(offer)
    kinds = [media.kind for media in offer.media]
    if len(kinds) > _MAX_MEDIA or len(set(kinds)) != len(kinds):
        raise UnacceptableOfferError("at most one video and one audio stream can be watched")
    if any(media.direction == "sendonly" for media in offer.media):
        raise UnacceptableOfferError("a viewer offers to receive")
    return _video(offer, ("recvonly", "sendrecv"))


def _hold_to_one_transport(offer: Offer) -> None:
    if any(media.kind not in ("audio", "video") for media in offer.media):
        raise UnacceptableOfferError("only audio and video can be offered")
    if any("TLS/RTP/SAVP" not in media.profile for media in offer.media):
        raise UnacceptableOfferError("media goes over DTLS and SRTP alone")
    if not all(media.is_rtcp_mux for media in offer.media):
        raise UnacceptableOfferError("RTP and RTCP share one port here: a=rtcp-mux is missing")
    is_bundled = all(media.mid in offer.bundle for media in offer.media)
    if len(offer.media) > 1 and not is_bundled:
        raise UnacceptableOfferError("all media share one transport here: bundle them")


def _video(offer: Offer, directions: tuple[str, ...]) -> MediaOffer:
    video = next((media for media in offer.media if media.kind == "video"), None)
    if video is None:
        raise UnacceptableOfferError("the offer has no video")
    if video.direction not in directions:
        raise UnacceptableOfferError(f"video must be offered as {' or '.join(directions)}")
    return video
