"""Writes one clip: the segments verbatim in one `mdat`, and a plain index behind them.

Each segment's hash holds for its slice of the file, and every player sees an ordinary MP4.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from storage.export.boxes import make_box
from storage.export.fragment import read_fragment
from storage.export.init import InitTrack, read_init
from storage.export.moov import make_moov
from storage.export.scanner import BoxScanner
from storage.export.tables import SampleTable
from storage.objects.port import ObjectDamagedError

_FTYP = make_box(b"ftyp", b"isom", (0x200).to_bytes(4, "big"), b"isomiso2avc1mp41")
_LONG_HEADER_BYTES = 16


class Sink(Protocol):
    """Where a clip's bytes go, in order."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSegment:
    """One segment on its way into a clip."""

    segment_id: UUID
    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenClip:
    """What came of it."""

    size_bytes: int
    sha256: str
    offsets: tuple[int, ...]
    """Where each segment begins in the file, in the order they were given."""


class ClipWriter:
    """One pass over the segments; memory grows only with the number of samples.

    Args:
        init: The run's init, already held to its digest.
        sink: Takes the file from its first byte to its last.
        on_bytes: Told the size of each piece of footage that was written.
    """

    def __init__(self, init: bytes, sink: Sink, on_bytes: Callable[[int], None]) -> None:
        self._tracks: tuple[InitTrack, ...] = read_init(init)
        self._tables = {track.track_id: SampleTable(track) for track in self._tracks}
        self._defaults = {track.track_id: track.defaults for track in self._tracks}
        self._sink = sink
        self._on_bytes = on_bytes
        self._digest = hashlib.sha256()
        self._position = 0

    def write(
        self,
        segments: Sequence[ClipSegment],
        read: Callable[[str], Iterable[bytes]],
        start_utc: datetime,
    ) -> WrittenClip:
        """Write the whole file.

        Args:
            segments: Of one run, one behind the other.
            read: Gives an object's bytes by its key.
            start_utc: Wall time of the first frame.

        Raises:
            ObjectDamagedError: A segment is not what its entry announced.
            FootageFormatError: A segment is not fragmented MP4 of this run.
        """
        size = _LONG_HEADER_BYTES + sum(segment.size_bytes for segment in segments)
        self._write(_FTYP + (1).to_bytes(4, "big") + b"mdat" + size.to_bytes(8, "big"))
        offsets = []
        for segment in segments:
            offsets.append(self._position)
            self._write_segment(segment, read(segment.key))
        self._write(make_moov(tuple(self._tables.values()), start_utc))
        return WrittenClip(
            size_bytes=self._position, sha256=self._digest.hexdigest(), offsets=tuple(offsets)
        )

    def _write_segment(self, segment: ClipSegment, chunks: Iterable[bytes]) -> None:
        start, digest, scanner = self._position, hashlib.sha256(), BoxScanner()
        for chunk in chunks:
            digest.update(chunk)
            for found in scanner.feed(chunk):
                for run in read_fragment(found.data, self._defaults):
                    self._tables[run.track_id].add(run, start + found.offset)
            self._write(chunk)
            self._on_bytes(len(chunk))
        scanner.finish()
        written = self._position - start
        if (written, digest.hexdigest()) != (segment.size_bytes, segment.sha256):
            raise ObjectDamagedError(segment.key, "not the bytes its signed entry announced")

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._digest.update(data)
        self._position += len(data)
