"""What a fragment header says about its samples. Pure.

Source: ISO/IEC 14496-12 sections 8.8.7 (tfhd), 8.8.8 (trun), 8.8.12 (tfdt).
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from storage.export.boxes import Box, FootageFormatError, read_boxes

_NON_SYNC = 0x00010000
_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_DURATION, _SIZE, _FLAGS, _COMPOSITION = 0x100, 0x200, 0x400, 0x800
_BASE_OFFSET, _BASE_IS_MOOF = 0x1, 0x20000
_MAX_SAMPLES = 2**16
"""Of one run in a fragment, which lasts seconds; a table may leave out all that takes room."""
_DEFAULT_FIELDS = ((0x2, "description"), (0x8, "duration"), (0x10, "size"), (0x20, "flags"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDefaults:
    """What holds where a fragment does not say otherwise (`trex`, then `tfhd`)."""

    description: int
    duration: int
    size: int
    flags: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One encoded frame or piece of sound."""

    duration: int
    """In ticks of its track."""
    size: int
    is_sync: bool
    composition_offset: int
    """Presentation less decode time, in ticks; may be negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRun:
    """Samples of one track that lie one behind the other."""

    track_id: int
    decode_time: int | None
    """Of its first sample; None: right behind the run before."""
    description: int
    """Index of the sample description, from 1."""
    data_offset: int
    """Of the first sample's bytes, from the start of the fragment header."""
    samples: tuple[Sample, ...]


def read_fragment(data: bytes, defaults: Mapping[int, SampleDefaults]) -> Iterator[TrackRun]:
    """The runs of a `moof` box, in its order.

    Args:
        data: The box with its header.
        defaults: By track id, from the run's init.

    Raises:
        FootageFormatError: While iterating; the box is malformed or of an unknown track.
    """
    [moof] = read_boxes(data)
    for number, traf in enumerate(moof.all(b"traf")):
        yield from _read_track(traf, defaults, is_first=number == 0)


def _read_track(
    traf: Box, defaults: Mapping[int, SampleDefaults], *, is_first: bool
) -> Iterator[TrackRun]:
    tfhd = traf.child(b"tfhd")
    track_id = tfhd.fields("I", 4)[0]
    if track_id not in defaults:
        raise FootageFormatError(f"a fragment of track {track_id}, which the init does not have")
    if tfhd.flags & _BASE_OFFSET or not (tfhd.flags & _BASE_IS_MOOF or is_first):
        raise FootageFormatError("sample addresses are not relative to their fragment")
    own = _overridden(tfhd, defaults[track_id])
    decode_time = _decode_time(traf)
    follows_at: int | None = None
    for trun in traf.all(b"trun"):
        run = _read_run(trun, track_id, own, decode_time, follows_at)
        follows_at = run.data_offset + sum(sample.size for sample in run.samples)
        decode_time = None
        yield run


def _overridden(tfhd: Box, defaults: SampleDefaults) -> SampleDefaults:
    values = {name: getattr(defaults, name) for _, name in _DEFAULT_FIELDS}
    offset = 8
    for flag, name in _DEFAULT_FIELDS:
        if tfhd.flags & flag:
            values[name] = tfhd.fields("I", offset)[0]
            offset += 4
    return SampleDefaults(**values)


def _decode_time(traf: Box) -> int | None:
    found = traf.all(b"tfdt")
    if not found:
        return None
    return found[0].fields("Q" if found[0].version == 1 else "I", 4)[0]


def _read_run(
    trun: Box,
    track_id: int,
    defaults: SampleDefaults,
    decode_time: int | None,
    follows_at: int | None,
) -> TrackRun:
    count = trun.fields("I", 4)[0]
    offset, data_offset, first_flags = 8, follows_at, None
    if trun.flags & _DATA_OFFSET:
        data_offset = trun.fields("i", offset)[0]
        offset += 4
    if trun.flags & _FIRST_FLAGS:
        first_flags = trun.fields("I", offset)[0]
        offset += 4
    if data_offset is None:
        raise FootageFormatError("a fragment does not say where its samples are")
    samples = tuple(_samples(trun, offset, count, defaults, first_flags))
    return TrackRun(
        track_id=track_id,
        decode_time=decode_time,
        description=defaults.description,
        data_offset=data_offset,
        samples=samples,
    )


def _samples(
    trun: Box, offset: int, count: int, defaults: SampleDefaults, first_flags: int | None
) -> Iterator[Sample]:
    flags = trun.flags
    fields = [flags & bit for bit in (_DURATION, _SIZE, _FLAGS, _COMPOSITION)]
    row = struct.Struct(">" + "I" * sum(map(bool, fields[:3])) + ("i" if fields[3] else ""))
    end = offset + row.size * count
    if count > _MAX_SAMPLES or row.size * count > len(trun.content) - offset:
        raise FootageFormatError("a sample table is cut off, or states what cannot be")
    rows = row.iter_unpack(trun.content[offset:end]) if row.size else iter([()] * count)
    for number, values in enumerate(rows):
        given = iter(values)
        duration = next(given) if flags & _DURATION else defaults.duration
        size = next(given) if flags & _SIZE else defaults.size
        own_flags = next(given) if flags & _FLAGS else defaults.flags
        if number == 0 and first_flags is not None and not flags & _FLAGS:
            own_flags = first_flags
        # Version 0 offsets are unsigned, but none is ever above 2**31 ticks.
        composition = next(given) if flags & _COMPOSITION else 0
        yield Sample(duration, size, not own_flags & _NON_SYNC, composition)
