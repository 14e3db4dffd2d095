"""What a run's init says of its video: codec, size, ticks. Pure.

Source: ISO/IEC 14496-15 section 5.3.3 (avcC) and 8.3.3 (hvcC), RFC 6381 section 3.3.
"""

import struct
from dataclasses import dataclass
from struct import Struct

from recorder.errors import BoxError
from recorder.media.boxes import boxes

_U16 = Struct(">H")
_U32 = Struct(">I")
_VISUAL_ENTRY_BYTES = 78
_AAC_LC = "mp4a.40.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What the archive's rows need to know of a run's init."""

    codec: str
    """RFC 6381, video first: `avc1.42C01F` or `avc1.42C01F,mp4a.40.2`."""
    width: int
    height: int
    timescale: int
    """Ticks a second of the video track."""


def read_init(data: bytes) -> VideoFacts:
    """Read an init segment.

    Raises:
        BoxError: Not an init, or of a codec this project does not record.
    """
    try:
        return _read(data)
    except (struct.error, IndexError, StopIteration) as error:
        raise BoxError("an init that is cut short") from error


def _read(data: bytes) -> VideoFacts:
    moov = _find(data, (0, len(data)), b"moov")
    tracks = [(at, end) for kind, at, end in boxes(data, *moov) if kind == b"trak"]
    if not tracks:
        raise BoxError("an init without a track")
    mdia = _find(data, tracks[0], b"mdia")
    timescale = _read_timescale(data, _find(data, mdia, b"mdhd")[0])
    codec, width, height = _read_video_entry(data, _sample_entries(data, tracks[0]))
    sound = "".join(f",{_AAC_LC}" for track in tracks[1:] if _is_sound(data, track))
    return VideoFacts(codec=codec + sound, width=width, height=height, timescale=timescale)


def _find(data: bytes, within: tuple[int, int], name: bytes) -> tuple[int, int]:
    for kind, at, end in boxes(data, *within):
        if kind == name:
            return at, end
    raise BoxError(f"an init without {name.decode()}")


def _sample_entries(data: bytes, track: tuple[int, int]) -> tuple[int, int]:
    at = _find(data, track, b"mdia")
    for name in (b"minf", b"stbl", b"stsd"):
        at = _find(data, at, name)
    return at[0] + 8, at[1]  # behind version, flags and count


def _read_timescale(data: bytes, at: int) -> int:
    offset = 20 if data[at] == 1 else 12
    return int(_U32.unpack_from(data, at + offset)[0])


def _read_video_entry(data: bytes, entries: tuple[int, int]) -> tuple[str, int, int]:
    kind, at, end = next(boxes(data, *entries))
    (width,), (height,) = _U16.unpack_from(data, at + 24), _U16.unpack_from(data, at + 26)
    inside = (at + _VISUAL_ENTRY_BYTES, end)
    if kind == b"avc1":
        start, _ = _find(data, inside, b"avcC")
        return f"avc1.{data[start + 1 : start + 4].hex().upper()}", width, height
    if kind == b"hvc1":
        start, _ = _find(data, inside, b"hvcC")
        return _hevc_codec(data[start : start + 13]), width, height
    raise BoxError(f"video of kind {kind!r} is not recorded")


def _hevc_codec(config: bytes) -> str:
    profile_space = ("", "A", "B", "C")[config[1] >> 6]
    tier = "H" if config[1] & 0x20 else "L"
    compatibility = int(f"{_U32.unpack_from(config, 2)[0]:032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\0")
    parts = [
        f"hvc1.{profile_space}{config[1] & 0x1F}",
        f"{compatibility:X}",
        f"{tier}{config[12]}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join(parts)


def _is_sound(data: bytes, track: tuple[int, int]) -> bool:
    kind, _, _ = next(boxes(data, *_sample_entries(data, track)))
    return kind == b"mp4a"
