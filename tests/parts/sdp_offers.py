"""Offers and fragments, small enough to be changed line by line."""

SDP = {"content-type": "application/sdp"}
FRAGMENT = {"content-type": "application/trickle-ice-sdpfrag"}
CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.7 9000 typ host"
FINGERPRINT = ":".join(["A1"] * 32)
H264 = "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f"
PASSWORD = "0123456789012345678901"
TRANSPORT = f"a=ice-ufrag:frag\na=ice-pwd:{PASSWORD}\na=fingerprint:sha-256 {FINGERPRINT}"


def media(kind="video", mid="0", direction="sendonly", formats="96", codecs=H264, setup="actpass"):
    """One m= section."""
    return (
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\nc=IN IP4 0.0.0.0\na=mid:{mid}\na={direction}\n"
        f"a=rtcp-mux\na=setup:{setup}\n{codecs}\n{TRANSPORT}\n"
    )


AUDIO = {"kind": "audio", "formats": "111", "codecs": "a=rtpmap:111 opus/48000/2"}


def offer(*sections):
    """A whole offer with CRLF; video to send where nothing else is said."""
    sections = sections or (media(),)
    mids = " ".join(str(index) for index in range(len(sections)))
    text = f"v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE {mids}\n{''.join(sections)}"
    return text.replace("\n", "\r\n")


def viewer_offer(**changes):
    """Video to receive."""
    return offer(media(direction="recvonly", **changes))


def fragment(*lines, ufrag="frag", password=PASSWORD):
    """What a PATCH carries."""
    head = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        "m=video 9 UDP/TLS/RTP/SAVPF 0",
        "a=mid:0",
    ]
    return "\r\n".join([*head, *lines]) + "\r\n"
