"""A coded picture, as it leaves the depacketizer and enters the packetizer."""

from dataclasses import dataclass

IDR, SPS, PPS = 5, 7, 8


def nal_type(nal: bytes) -> int:
    """The type of a NAL unit. Source: ITU-T H.264 section 7.4.1."""
    return nal[0] & 0x1F


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One coded picture with all its NAL units, byte for byte as the camera made them."""

    nals: tuple[bytes, ...]
    """Without start codes; at least one of them is a slice."""
    timestamp: int
    """Of the publisher's RTP clock, 32 bits."""
    is_keyframe: bool
    """Has an IDR slice, and its parameter sets before it."""
