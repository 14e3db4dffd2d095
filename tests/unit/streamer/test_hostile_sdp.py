"""Whatever a client sends as an offer or a fragment is read, or refused by name."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.errors import MalformedSdpError, UnacceptableOfferError
from streamer.sdp.answer import LocalCandidate, LocalTransport, Stream, write_answer
from streamer.sdp.candidate import read_candidate
from streamer.sdp.fragment import read_fragment
from streamer.sdp.h264 import choose_h264, retransmission_of
from streamer.sdp.offer import read_offer
from streamer.sdp.rules import publisher_video, viewer_video
from tests.parts.sdp_offers import AUDIO, CANDIDATE, fragment, media, offer

RTX = (
    "\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\na=rtcp-fb:96 nack pli\na=extmap:3 urn:x\na=ssrc:7 c"
)
OFFERS = [
    offer(),
    offer(media(direction="recvonly"), media(mid="1", direction="recvonly", **AUDIO)),
    offer(media(formats="96 97", codecs=media().split("\n")[5] + RTX)) + CANDIDATE + "\r\n",
]
LOCAL = LocalTransport(
    ufrag="u",
    password="p",
    fingerprint="AA",
    candidates=(LocalCandidate(foundation="1", priority=1, address="192.0.2.1", port=9),),
)
ODD = [
    "",
    " ",
    ":",
    "=",
    "-1",
    "²",
    "9" * 5000,
    "0" * 5000,
    "a=",
    "m=",
    "m=video",
    "\x00",
    "a\rb",
    "é",
    "\u2028",
]
words = st.one_of(st.sampled_from(ODD), st.text(max_size=20))


def answered(text):
    """As the endpoints do it, short of opening a link."""
    with suppress(MalformedSdpError, UnacceptableOfferError):
        read = read_offer(text)
        for rule, direction in ((publisher_video, "recvonly"), (viewer_video, "sendonly")):
            with suppress(UnacceptableOfferError):
                video = rule(read)
                for profile in (None, "42e01f", "640028"):
                    codec = choose_h264(video.codecs, profile)
                    if codec is None:
                        continue
                    again = retransmission_of(video.codecs, codec)
                    codecs = (codec,) if again is None else (codec, again)
                    stream = Stream(mid=video.mid, direction=direction, codecs=codecs, ssrc=1)
                    answer = write_answer(read, stream, LOCAL, 1)
                    assert answer.startswith("v=0\r\n")
                    # Nothing of the offer may begin a line of its own in the answer.
                    assert all(
                        len(line) > 1 and line[1] == "=" for line in answer.split("\r\n")[:-1]
                    )
                    assert not set("\r\n\0") & set(answer.replace("\r\n", ""))


@st.composite
def spoilt(draw, whole):
    """A good description with some of its lines, words or characters changed."""
    lines = draw(whole).split("\r\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del lines[at]
                lines = lines or [""]
            case 1:
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case 2:
                parts = lines[at].split(" ")
                parts[draw(st.integers(0, len(parts) - 1))] = draw(words)
                lines[at] = " ".join(parts)
            case 3:
                name, colon, _ = lines[at].partition(":")
                lines[at] = name + colon + draw(words)
            case _:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + draw(words) + lines[at][cut:]
    return draw(st.sampled_from(["\r\n", "\n", "\r"])).join(lines)


def test_what_is_spoilt_here_was_good_before():
    for whole in OFFERS:
        assert read_offer(whole).media


@settings(max_examples=400, deadline=None)
@given(spoilt(st.sampled_from(OFFERS)))
def test_a_spoilt_offer_is_answered_or_refused_by_name(text):
    answered(text)


@given(st.text(max_size=300))
def test_no_text_is_too_strange(text):
    answered(text)
    answered("v=0\r\n" + text)
    with suppress(MalformedSdpError):
        read_fragment(text)


@pytest.mark.parametrize("word", ODD)
@pytest.mark.parametrize(
    "line",
    ["m={}", "m=video {}", "m=video 9 UDP/TLS/RTP/SAVPF {}", "a=extmap:{} urn:x", "a=ssrc:{} c",
     "a=rtpmap:{} H264/90000", "a=fmtp:96 profile-level-id={}", "a=group:{}", "a=setup:{}",
     "a=fingerprint:{}", "a=candidate:1 1 udp {} 192.0.2.7 9 typ host",
     "a=candidate:1 1 udp 1 192.0.2.7 {} typ host", "a=mid:{}", "a=ice-ufrag:{}", "a=ice-pwd:{}"],
)  # fmt: skip
def test_no_value_is_too_odd(line, word):
    for whole in OFFERS:
        answered(f"{whole}{line.format(word)}\r\n")
        answered(whole.replace("a=mid:0", f"a=mid:0\r\n{line.format(word)}"))
    with suppress(MalformedSdpError):
        read_fragment(fragment(line.format(word)))


@given(spoilt(st.just(fragment(CANDIDATE, "a=end-of-candidates"))))
def test_a_spoilt_fragment_is_read_or_refused_by_name(text):
    with suppress(MalformedSdpError):
        read_fragment(text)


@given(st.lists(words, max_size=12).map(" ".join))
def test_a_candidate_is_used_or_passed_over(line):
    found = read_candidate(line)
    assert found is None or 0 < found.port < 65536
