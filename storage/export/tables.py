"""Collects the samples of one track into the tables of a plain MP4. Pure.

Some six bytes of memory a sample: sizes are kept one by one, all else as runs of equals.
"""

import struct
from array import array

from storage.export.boxes import FootageFormatError, make_full_box
from storage.export.fragment import Sample, TrackRun
from storage.export.init import InitTrack


class EqualRuns:
    """A list of whole numbers, kept as pairs of count and value."""

    def __init__(self) -> None:
        self.pairs: list[tuple[int, int]] = []

    def append(self, value: int) -> None:
        """Add one number at the end."""
        if self.pairs and self.pairs[-1][1] == value:
            self.pairs[-1] = (self.pairs[-1][0] + 1, value)
        else:
            self.pairs.append((1, value))

    def replace_last(self, value: int) -> None:
        """Put another number in place of the last one."""
        count, last = self.pairs.pop()
        if count > 1:
            self.pairs.append((count - 1, last))
        self.append(value)

    @property
    def last(self) -> int:
        """The last number."""
        return self.pairs[-1][1]


class SampleTable:
    """All samples of one track of one clip."""

    def __init__(self, track: InitTrack) -> None:
        self.track = track
        self.first_decode_time = 0
        """On the run's clock, in ticks."""
        self.duration = 0
        """Sum of the sample durations, in ticks."""
        self.earliest: int | None = None
        """Earliest presentation time, counted from the first decode time; may be negative."""
        self._sizes = array("I")
        self._durations = EqualRuns()
        self._offsets = EqualRuns()
        self._sync_numbers = array("I")
        self._chunk_offsets = array("Q")
        self._chunk_shapes: list[tuple[int, int, int]] = []

    @property
    def media_time(self) -> int:
        """Where in the written table the first shown sample is, in ticks."""
        return max(self.earliest or 0, 0)

    @property
    def sample_count(self) -> int:
        """How many samples it has."""
        return len(self._sizes)

    def add(self, run: TrackRun, fragment_offset: int) -> None:
        """Take the samples of one fragment.

        Args:
            run: As the fragment states it.
            fragment_offset: Where the fragment's header begins in the clip.

        Raises:
            FootageFormatError: It begins before the samples it follows.
        """
        if not run.samples:
            return
        self._place(run.decode_time)
        for sample in run.samples:
            self._add_sample(sample)
        self._chunk_offsets.append(fragment_offset + run.data_offset)
        shape = (len(run.samples), run.description)
        if not self._chunk_shapes or self._chunk_shapes[-1][1:] != shape:
            self._chunk_shapes.append((len(self._chunk_offsets), *shape))

    def _place(self, decode_time: int | None) -> None:
        if not self._sizes:
            self.first_decode_time = decode_time or 0
            return
        if decode_time is None:
            return
        # The stated time wins over the sum of durations: the last one was a guess.
        correction = decode_time - self.first_decode_time - self.duration
        if correction:
            last = self._durations.last + correction
            if last < 0:
                raise FootageFormatError("a fragment begins before the one it follows")
            self._durations.replace_last(last)
            self.duration += correction

    def _add_sample(self, sample: Sample) -> None:
        presentation = self.duration + sample.composition_offset
        if self.earliest is None or presentation < self.earliest:
            self.earliest = presentation
        self._sizes.append(sample.size)
        self._durations.append(sample.duration)
        self._offsets.append(sample.composition_offset)
        if sample.is_sync:
            self._sync_numbers.append(len(self._sizes))
        self.duration += sample.duration

    def boxes(self) -> list[bytes]:
        """The contents of `stbl`."""
        boxes = [self.track.descriptions, _pairs_box(b"stts", 0, "I", self._durations.pairs)]
        # Edit lists cannot begin before the media: a negative start moves all offsets up.
        shift = self.media_time - (self.earliest or 0)
        offsets = [(count, value + shift) for count, value in self._offsets.pairs]
        if any(value for _, value in offsets):
            boxes.append(_pairs_box(b"ctts", 1, "i", offsets))
        if len(self._sync_numbers) != len(self._sizes):
            boxes.append(_counted_box(b"stss", self._sync_numbers))
        chunks = b"".join(struct.pack(">3I", *shape) for shape in self._chunk_shapes)
        count = struct.pack(">I", len(self._chunk_shapes))
        boxes.append(make_full_box(b"stsc", 0, 0, count, chunks))
        boxes.append(_counted_box(b"stsz", self._sizes, struct.pack(">I", 0)))
        boxes.append(_counted_box(b"co64", self._chunk_offsets))
        return boxes


def _pairs_box(kind: bytes, version: int, value: str, pairs: list[tuple[int, int]]) -> bytes:
    layout = struct.Struct(f">I{value}")
    rows = b"".join(layout.pack(*pair) for pair in pairs)
    return make_full_box(kind, version, 0, struct.pack(">I", len(pairs)), rows)


def _counted_box(kind: bytes, numbers: "array[int]", before: bytes = b"") -> bytes:
    swapped = array(numbers.typecode, numbers)
    swapped.byteswap()
    if struct.pack("=H", 1) == struct.pack(">H", 1):  # a big-endian machine
        swapped = numbers
    count = struct.pack(">I", len(numbers))
    return make_full_box(kind, 0, 0, before, count, swapped.tobytes())
