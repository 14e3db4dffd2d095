"""The answer to an offer: what is taken, and where the media server is. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamer.sdp.offer import Codec, MediaOffer, Offer

_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCandidate:
    """Where the media server is reached by UDP."""

    foundation: str
    priority: int
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTransport:
    """How the media server is reached and known again."""

    ufrag: str
    password: str
    fingerprint: str
    """SHA-256 of its certificate."""
    candidates: tuple[LocalCandidate, ...]
    """All of them: none follow later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The one video stream of a session."""

    mid: str
    direction: str
    """As the answer says it: `sendonly` to a viewer, `recvonly` from a publisher."""
    codecs: tuple[Codec, ...]
    """First the H.264 that is used, then its retransmission where it was taken."""
    ssrc: int | None = None
    """What the viewer will see; None for a publisher."""
    repeats_ssrc: int | None = None
    """Of the retransmission, where the viewer gets one."""
    extension: tuple[int, str] | None = None
    """The header extension that is used, by its number in the offer."""


def setup_of(offered: str) -> str:
    """The DTLS role to answer: the server wherever the offer lets us be.

    A client speaks first, when it is ready; a server that speaks first loses its opening
    packet to a peer that is still busy with ICE, and a second with it.
    """
    return "active" if offered == "passive" else "passive"


def write_answer(offer: Offer, stream: Stream, local: LocalTransport, session_id: int) -> str:
    """Write the answer to an offer. Media other than the stream's become inactive.

    Source: RFC 8829 section 5.3, RFC 9725 section 4.4.
    """
    lines = ["v=0", f"o=- {session_id} 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    mids = [media.mid for media in offer.media if media.mid in offer.bundle]
    if mids:
        lines.append(f"a=group:BUNDLE {' '.join(mids)}")
    lines += ["a=ice-options:trickle", "a=msid-semantic: WMS *"]
    for media in offer.media:
        is_stream = media.mid == stream.mid
        lines += _stream_lines(media, stream) if is_stream else _inactive_lines(media)
        lines += _transport_lines(offer, local)
    return "\r\n".join(lines) + "\r\n"


def _head(media: MediaOffer, payload_types: str, direction: str) -> Iterator[str]:
    yield f"m={media.kind} 9 {media.profile} {payload_types}"
    yield "c=IN IP4 0.0.0.0"
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    if media.mid:
        yield f"a=mid:{media.mid}"
    yield f"a={direction}"
    yield "a=rtcp-mux"
    yield "a=rtcp-mux-only"


def _stream_lines(media: MediaOffer, stream: Stream) -> Iterator[str]:
    yield from _head(media, " ".join(str(c.payload_type) for c in stream.codecs), stream.direction)
    for codec in stream.codecs:
        yield f"a=rtpmap:{codec.payload_type} {_name(codec)}"
        if codec.format:
            yield f"a=fmtp:{codec.payload_type} {codec.format}"
        for feedback in _FEEDBACK:
            if feedback in codec.feedback:
                yield f"a=rtcp-fb:{codec.payload_type} {feedback}"
    if stream.extension is not None:
        yield f"a=extmap:{stream.extension[0]} {stream.extension[1]}"
    if stream.ssrc is not None:
        yield "a=msid:pollcam video"
        if stream.repeats_ssrc is not None:
            yield f"a=ssrc-group:FID {stream.ssrc} {stream.repeats_ssrc}"
        yield f"a=ssrc:{stream.ssrc} cname:pollcam"
    if stream.repeats_ssrc is not None:
        yield f"a=ssrc:{stream.repeats_ssrc} cname:pollcam"


def _name(codec: Codec) -> str:
    return f"{codec.name if codec.name != 'RTX' else 'rtx'}/{codec.clock}"


def _inactive_lines(media: MediaOffer) -> Iterator[str]:
    first = media.codecs[0]
    yield from _head(media, str(first.payload_type), "inactive")
    if first.name:
        yield f"a=rtpmap:{first.payload_type} {first.name.lower()}/{first.clock}"


def _transport_lines(offer: Offer, local: LocalTransport) -> Iterator[str]:
    yield f"a=ice-ufrag:{local.ufrag}"
    yield f"a=ice-pwd:{local.password}"
    yield f"a=fingerprint:sha-256 {local.fingerprint}"
    yield f"a=setup:{setup_of(offer.transport.setup)}"
    for c in local.candidates:
        yield (f"a=candidate:{c.foundation} 1 udp {c.priority} {c.address} {c.port} typ host")
    yield "a=end-of-candidates"
