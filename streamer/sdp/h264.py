"""Which of the offered H.264 payload types a stream goes out under."""

from collections.abc import Iterable

from streamer.sdp.offer import Codec

PROFILES = {0x42: "baseline", 0x4D: "main", 0x58: "extended", 0x64: "high"}
_DEFAULT_PROFILE_LEVEL = "42000a"
"""What a format without profile-level-id means. Source: RFC 6184 section 8.1."""


def profile_of(profile_level_id: str) -> str:
    """The profile that a profile-level-id, or the first bytes of an SPS in hex, names."""
    try:
        number = int(profile_level_id[:2], 16)
    except ValueError:
        return "unknown"
    return PROFILES.get(number, "unknown")


def choose_h264(codecs: Iterable[Codec], wanted_profile: str | None) -> Codec | None:
    """The payload type to use, or None when nothing fits.

    Fragmented pictures need packetization mode 1. The profile is matched where it can be; a
    decoder that was offered for one profile reads the others that browsers offer too, so
    another profile is better than no picture.

    Args:
        codecs: In the order of the offer, which is the client's preference.
        wanted_profile: What the stream is, as `profile_of` names it; None for any.
    """
    fitting = [c for c in codecs if _is_usable(c)]
    exact = [c for c in fitting if wanted_profile == _profile(c)]
    return next(iter(exact or fitting), None)


def retransmission_of(codecs: Iterable[Codec], codec: Codec) -> Codec | None:
    """The payload type that repeats lost packets of another one (RFC 4588)."""
    wanted = str(codec.payload_type)
    return next((c for c in codecs if c.name == "RTX" and c.parameters.get("apt") == wanted), None)


def _is_usable(codec: Codec) -> bool:
    mode = codec.parameters.get("packetization-mode", "0")
    return codec.name == "H264" and codec.clock == "90000" and mode == "1"


def _profile(codec: Codec) -> str:
    return profile_of(codec.parameters.get("profile-level-id", _DEFAULT_PROFILE_LEVEL))
