"""Finds parameter sets in Annex B access units and reads a picture's size from them. Pure.

Source: ITU-T H.264 sections 7.3.2.1 and B.1, H.265 section 7.3.1.2.
"""

from collections.abc import Iterator

_START_CODE = b"\x00\x00\x01"
_H264_SETS = frozenset({7, 8})
_HEVC_SETS = frozenset({32, 33, 34})
_H264_PICTURES = range(1, 6)
_HEVC_PICTURES = range(32)


def nal_units(data: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B byte stream, without start codes."""
    at = data.find(_START_CODE)
    while at >= 0:
        behind = data.find(_START_CODE, at + 3)
        unit = data[at + 3 : behind if behind >= 0 else len(data)]
        if unit := unit.rstrip(b"\x00"):
            yield unit
        at = behind


def nal_kind(unit: bytes, codec: str) -> int:
    """Its `nal_unit_type`."""
    return (unit[0] >> 1) & 0x3F if codec == "hevc" else unit[0] & 0x1F


def parameter_sets(data: bytes, codec: str) -> bytes:
    """The parameter sets before the first picture, as Annex B; empty when there are none.

    Args:
        data: An access unit or a stream's extradata, Annex B.
        codec: `h264` or `hevc`.
    """
    wanted = _HEVC_SETS if codec == "hevc" else _H264_SETS
    pictures = _HEVC_PICTURES if codec == "hevc" else _H264_PICTURES
    found: list[bytes] = []
    for unit in nal_units(data):
        kind = nal_kind(unit, codec)
        if kind in wanted:
            found.append(unit)
        elif kind in pictures:
            break
    return b"".join(b"\x00" + _START_CODE + unit for unit in found)


def has_picture(data: bytes, codec: str) -> bool:
    """Whether the access unit holds a slice of a picture."""
    pictures = _HEVC_PICTURES if codec == "hevc" else _H264_PICTURES
    return any(nal_kind(unit, codec) in pictures for unit in nal_units(data))
