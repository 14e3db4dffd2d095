"""An offer of a WHIP or WHEP client, read into values."""

from collections.abc import Mapping
from dataclasses import dataclass

from streamer.errors import MalformedSdpError
from streamer.sdp.candidate import MAX_CANDIDATES, RemoteCandidate, read_candidate
from streamer.sdp.lines import Section, number, parameters, read_sections

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
SETUPS = ("actpass", "active", "passive")
_ONE_BYTE = frozenset(str(number) for number in range(1, 15))
"""The others need the two-byte form. Source: RFC 8285 section 4.2."""
FINGERPRINTS = ("sha-256", "sha-384", "sha-512")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One payload type of an `m=` section."""

    payload_type: int
    name: str
    """In upper case: `H264`, `RTX`, `OPUS`."""
    clock: str
    """Clock rate and, for audio, channels, as offered: `90000`, `48000/2`."""
    format: str
    """The format parameters as offered."""
    feedback: frozenset[str]
    """What `a=rtcp-fb` lines offer: `nack`, `nack pli`."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The format parameters by name."""
        return parameters(self.format)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaOffer:
    """One `m=` section."""

    kind: str
    profile: str
    """`UDP/TLS/RTP/SAVPF` and its kin."""
    payload_types: tuple[int, ...]
    mid: str
    direction: str
    codecs: tuple[Codec, ...]
    is_rtcp_mux: bool
    extensions: tuple[tuple[int, str], ...]
    """The header extensions that are offered, by their numbers."""
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How the other side is reached and known again."""

    ufrag: str
    password: str
    is_ice_lite: bool
    fingerprints: tuple[tuple[str, str], ...]
    """Algorithm in lower case and digest."""
    setup: str
    candidates: tuple[RemoteCandidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A whole offer; all its media run over one transport."""

    media: tuple[MediaOffer, ...]
    bundle: tuple[str, ...]
    """The mids of `a=group:BUNDLE`."""
    transport: Transport


def read_offer(text: str) -> Offer:
    """Read an offer.

    Raises:
        MalformedSdpError: It is none, or leaves out what ICE and DTLS need.
    """
    session, *sections = read_sections(text)
    if not sections:
        raise MalformedSdpError("the offer has no m= section")
    media = tuple(_media(section) for section in sections)
    mids = [section.mid for section in media]
    if len(set(mids)) != len(mids):
        raise MalformedSdpError("two m= sections have the same mid")
    groups = (group.split() for group in session.every("group"))
    bundle = next((tuple(g[1:]) for g in groups if g[:1] == ["BUNDLE"]), ())
    return Offer(media=media, bundle=bundle, transport=_transport(session, sections[0]))


def _media(section: Section) -> MediaOffer:
    kind, *rest = section.head.split(" ")
    if len(rest) < 2:
        raise MalformedSdpError("an m= section lacks its port or its protocol")
    port, profile, *formats = rest
    number(port.partition("/")[0], 0, 65535, "the port of an m= section")
    is_rtp = kind in ("audio", "video")
    types = tuple(number(f, 0, 127, "a payload type") for f in formats) if is_rtp else ()
    if is_rtp and not types:
        raise MalformedSdpError("an m= section names no payload type")
    return MediaOffer(
        kind=kind,
        profile=profile,
        payload_types=types,
        mid=section.first("mid") or "",
        direction=next((d for d in DIRECTIONS if section.has(d)), "sendrecv"),
        codecs=_codecs(section, types),
        is_rtcp_mux=section.has("rtcp-mux"),
        extensions=_extensions(section),
        ssrcs=_ssrcs(section),
    )


def _codecs(section: Section, types: tuple[int, ...]) -> tuple[Codec, ...]:
    maps = dict(_keyed(section, "rtpmap"))
    formats = dict(_keyed(section, "fmtp"))
    feedback = [(key, value.lower()) for key, value in _keyed(section, "rtcp-fb")]
    codecs = []
    for payload_type in types:
        key = str(payload_type)
        name, _, clock = maps.get(key, "").partition("/")
        codecs.append(
            Codec(
                payload_type=payload_type,
                name=name.upper(),
                clock=clock,
                format=formats.get(key, ""),
                feedback=frozenset(value for k, value in feedback if k in (key, "*")),
            )
        )
    return tuple(codecs)


def _keyed(section: Section, name: str) -> list[tuple[str, str]]:
    split = (value.partition(" ") for value in section.every(name))
    return [(key, value.strip()) for key, _, value in split]


def _extensions(section: Section) -> tuple[tuple[int, str], ...]:
    """Those of a line `number[/direction] address`, as far as one byte numbers them."""
    found = []
    for key, value in _keyed(section, "extmap"):
        name = key.partition("/")[0]
        if name in _ONE_BYTE and value:
            found.append((int(name), value.split(" ")[0]))
    return tuple(found)


def _ssrcs(section: Section) -> tuple[int, ...]:
    heads = (value.partition(" ")[0] for value in section.every("ssrc"))
    found = (number(head, 0, 2**32 - 1, "an SSRC") for head in heads)
    return tuple(dict.fromkeys(found))


def _transport(session: Section, media: Section) -> Transport:
    def needed(name: str) -> str:
        value = media.first(name) or session.first(name)
        if not value:
            raise MalformedSdpError(f"the offer has no a={name}")
        return value

    setup = media.first("setup") or session.first("setup") or "actpass"
    if setup not in SETUPS:
        raise MalformedSdpError("a=setup is not actpass, active or passive")
    found = (read_candidate(line) for line in media.every("candidate"))
    return Transport(
        ufrag=needed("ice-ufrag"),
        password=needed("ice-pwd"),
        is_ice_lite=session.has("ice-lite"),
        fingerprints=_fingerprints([*session.every("fingerprint"), *media.every("fingerprint")]),
        setup=setup,
        candidates=tuple(c for c in found if c is not None)[:MAX_CANDIDATES],
    )


def _fingerprints(lines: list[str]) -> tuple[tuple[str, str], ...]:
    split = (line.partition(" ") for line in lines)
    found = tuple((algorithm.lower(), digest.strip()) for algorithm, _, digest in split)
    if not any(algorithm in FINGERPRINTS for algorithm, _ in found):
        raise MalformedSdpError("the offer has no a=fingerprint of sha-256, sha-384 or sha-512")
    return found
