"""Splits the fragmented MP4 of one run into its init and its fragments. Pure.

Source: ISO/IEC 14496-12 sections 4.2 (boxes), 8.8.4 to 8.8.12 (movie fragments).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct

from recorder.errors import BoxError

VIDEO_TRACK_ID = 1
"""The muxer numbers its tracks in the order they were added, and video is added first."""
_U32 = Struct(">I")
_U64 = Struct(">Q")
_HEADER = Struct(">I4s")
_LONG_HEADER_BYTES = 16
_NOT_SYNC = 0x0001_0000
_MAX_BOX_BYTES = 256 * 2**20
"""A second of the wildest camera is some MiB; more is a damaged length."""
_MAX_SOUND_BYTES = 2**20
"""A minute of sound; a session without pictures is given up long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Init:
    """The `ftyp` and `moov` of a run: what all its segments share."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """One `moof` with its `mdat`: the smallest piece of a run that plays.

    Where sound went on while no picture came, fragments of sound alone stand before it.
    """

    data: bytes
    base_time: int
    """Decode time of the first video sample, in ticks of the run."""
    duration: int
    """Sum of the video samples' durations, in ticks."""
    sample_count: int
    """Video samples."""
    is_sync: bool
    """Whether its first video sample is a keyframe, so that decoding can start here."""

    @property
    def end_time(self) -> int:
        """Decode time of the sample that would follow."""
        return self.base_time + self.duration


class BoxSplitter:
    """Takes a muxer's output in any pieces and gives whole inits and fragments.

    Boxes that belong to neither (`styp`, `sidx`, `free`, `mfra`) are passed over. What comes is
    joined once, when a box is complete: a second of video is not copied for each piece of it.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._held_bytes = 0
        self._wanted_bytes = _HEADER.size
        self._head = b""
        self._sound = b""

    @property
    def pending_bytes(self) -> int:
        """Bytes taken that make no whole piece yet."""
        return self._held_bytes + len(self._head) + len(self._sound)

    def feed(self, data: bytes) -> list[Init | Fragment]:
        """Take the next bytes and give what they complete, in order.

        Raises:
            BoxError: These are no boxes; nothing after this can be trusted.
        """
        self._chunks.append(data)
        self._held_bytes += len(data)
        if self._held_bytes < self._wanted_bytes:
            return []
        held, at, pieces = b"".join(self._chunks), 0, list[Init | Fragment]()
        while (size := _box_size(held, at)) and at + size <= len(held):
            piece = self._piece(held[at : at + size])
            if piece is not None:
                pieces.append(piece)
            at += size
        self._keep(held[at:], size or _LONG_HEADER_BYTES)
        return pieces

    def _keep(self, rest: bytes, wanted_bytes: int) -> None:
        self._chunks = [rest] if rest else []
        self._held_bytes = len(rest)
        self._wanted_bytes = wanted_bytes if rest else _HEADER.size

    def _piece(self, box: bytes) -> Init | Fragment | None:
        kind, head_kind = box[4:8], self._head[4:8]
        if kind in (b"ftyp", b"moof"):
            self._head = box
        elif kind == b"moov" and head_kind == b"ftyp":
            return Init(data=self._take(box))
        elif kind == b"mdat" and head_kind == b"moof":
            return self._fragment(self._take(box))
        elif kind in (b"moov", b"mdat"):
            raise BoxError(f"a {kind.decode()} box stands where none may")
        return None

    def _fragment(self, data: bytes) -> Fragment | None:
        fragment = read_fragment(data)
        if fragment is None:
            self._sound += data
            if len(self._sound) > _MAX_SOUND_BYTES:
                raise BoxError("sound comes and no picture")
            return None
        sound, self._sound = self._sound, b""
        return replace(fragment, data=sound + data) if sound else fragment

    def _take(self, box: bytes) -> bytes:
        data, self._head = self._head + box, b""
        return data


def read_fragment(data: bytes) -> Fragment | None:
    """Read what `moof` and `mdat` boxes say of their video track; None: there is only sound.

    Raises:
        BoxError: Not boxes, or pictures that do not add up.
    """
    at = 0
    while size := _box_size(data, at):
        if at + size > len(data):
            raise BoxError("a fragment ends early")
        if data[at + 4 : at + 8] == b"moof":
            fragment = _read_moof(data, at + 8, at + size)
            if fragment is not None:
                return fragment
        at += size
    return None


def _read_moof(data: bytes, start: int, end: int) -> Fragment | None:
    trafs = [(at, behind) for kind, at, behind in boxes(data, start, end) if kind == b"traf"]
    fragments = (_read_traf(data, *traf) for traf in trafs)
    return next((fragment for fragment in fragments if fragment is not None), None)


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two offsets: kind, offset of the payload, offset behind it.

    Raises:
        BoxError: They do not fill the space exactly.
    """
    while start < end:
        if end - start < 8:
            raise BoxError("a box ends in its header")
        size, kind = _HEADER.unpack_from(data, start)
        if size < 8 or start + size > end:
            raise BoxError(f"a {kind!r} box is longer than what holds it")
        yield kind, start + 8, start + size
        start += size


def _box_size(data: bytes, at: int) -> int:
    """Size of the box at an offset, or 0 while its header is not complete."""
    if len(data) < at + 8:
        return 0
    size, kind = _HEADER.unpack_from(data, at)
    if size == 1:
        if len(data) < at + _LONG_HEADER_BYTES:
            return 0
        (size,) = _U64.unpack_from(data, at + 8)
    if size < 8 or size > _MAX_BOX_BYTES:
        raise BoxError(f"a {kind!r} box of {size} bytes")
    return int(size)


@dataclass(frozen=True, slots=True)
class _Defaults:
    duration: int
    flags: int


def _read_traf(data: bytes, start: int, end: int) -> Fragment | None:
    parts = {kind: (at, behind) for kind, at, behind in boxes(data, start, end)}
    try:
        track_id, defaults = _read_tfhd(data, parts[b"tfhd"][0])
        if track_id != VIDEO_TRACK_ID:
            return None
        count, duration, first_flags = _read_trun(data, *parts[b"trun"], defaults)
        base_time = _read_tfdt(data, parts[b"tfdt"][0])
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise BoxError(f"a traf box that does not add up: {error}") from error
    return Fragment(
        data=data,
        base_time=base_time,
        duration=duration,
        sample_count=count,
        is_sync=not first_flags & _NOT_SYNC,
    )


def _read_tfhd(data: bytes, at: int) -> tuple[int, _Defaults]:
    flags, track_id = _U32.unpack_from(data, at)[0] & 0xFFFFFF, _U32.unpack_from(data, at + 4)[0]
    at += 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    values = [0, 0, 0]
    for index, bit in enumerate((0x8, 0x10, 0x20)):
        if flags & bit:
            (values[index],) = _U32.unpack_from(data, at)
            at += 4
    return track_id, _Defaults(values[0], values[2])


def _read_tfdt(data: bytes, at: int) -> int:
    reader = _U64 if data[at] == 1 else _U32
    return int(reader.unpack_from(data, at + 4)[0])


def _read_trun(data: bytes, at: int, end: int, defaults: _Defaults) -> tuple[int, int, int]:
    """Count of samples, sum of their durations, flags of the first."""
    flags, count = _U32.unpack_from(data, at)[0] & 0xFFFFFF, _U32.unpack_from(data, at + 4)[0]
    at += 8 + (4 if flags & 0x1 else 0)
    first_flags = defaults.flags
    if flags & 0x4:
        (first_flags,) = _U32.unpack_from(data, at)
        at += 4
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    if count < 1 or at + 4 * len(fields) * count != end:
        raise ValueError("the samples it names")
    if not flags & 0x4 and 0x400 in fields:
        (first_flags,) = _U32.unpack_from(data, at + 4 * fields.index(0x400))
    if 0x100 not in fields:
        return count, count * defaults.duration, first_flags
    words = Struct(f">{len(fields) * count}I").unpack_from(data, at)
    return count, sum(words[:: len(fields)]), first_flags
