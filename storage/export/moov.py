"""The index of a clip: a plain `moov` over bytes that lie before it. Pure.

Source: ISO/IEC 14496-12 sections 8.2 to 8.7.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from storage.export.boxes import FootageFormatError, make_box, make_full_box
from storage.export.tables import SampleTable

_EPOCH_UTC = datetime(1904, 1, 1, tzinfo=UTC)
_UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_ENABLED_IN_MOVIE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placement:
    """Where a track stands on the clip's own timeline."""

    delay: Fraction
    """Seconds until its first shown sample; never negative."""
    media_start: Fraction
    """Where in its media the showing begins, in seconds."""
    shown: Fraction
    """Seconds of it that are shown."""

    @property
    def end(self) -> Fraction:
        """When it ends, in seconds."""
        return self.delay + self.shown


def make_moov(tables: Sequence[SampleTable], start_utc: datetime) -> bytes:
    """The index over the samples of all tracks; the first picture is shown at 0.

    Sound that was recorded before the first picture stays in the file and is not played.

    Args:
        tables: One for each track, one of them video; those without samples are left out.
        start_utc: Wall time of the clip's start, kept as its creation time.

    Raises:
        FootageFormatError: There is no picture at all.
    """
    tables = [table for table in tables if table.sample_count]
    video = next((table for table in tables if table.track.is_video), None)
    if video is None:
        raise FootageFormatError("the segments hold no picture")
    timescale = video.track.timescale
    created = int((start_utc - _EPOCH_UTC).total_seconds())
    placements = [_place(table, _starts_at(video)) for table in tables]
    traks = [
        _trak(table, placement, timescale, created)
        for table, placement in zip(tables, placements, strict=True)
    ]
    duration = round(max(placement.end for placement in placements) * timescale)
    next_track = max(table.track.track_id for table in tables) + 1
    return make_box(b"moov", _mvhd(timescale, duration, created, next_track), *traks)


def _starts_at(table: SampleTable) -> Fraction:
    """When the first sample is to be shown, in seconds on the run's clock."""
    ticks = table.first_decode_time + (table.earliest or 0)
    return Fraction(ticks, table.track.timescale) + table.track.presentation_shift


def _place(table: SampleTable, origin: Fraction) -> _Placement:
    delay = _starts_at(table) - origin
    lead = max(-delay, Fraction(0))
    length = Fraction(table.duration, table.track.timescale)
    return _Placement(
        delay=max(delay, Fraction(0)),
        media_start=Fraction(table.media_time, table.track.timescale) + lead,
        shown=max(length - lead, Fraction(0)),
    )


def _mvhd(timescale: int, duration: int, created: int, next_track: int) -> bytes:
    return make_full_box(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQ", created, created, timescale, duration),
        struct.pack(">IH10x", 0x10000, 0x100),  # rate 1.0, volume 1.0
        _UNITY_MATRIX,
        bytes(24),
        struct.pack(">I", next_track),
    )


def _trak(table: SampleTable, placement: _Placement, timescale: int, created: int) -> bytes:
    track = table.track
    end = round(placement.end * timescale)
    header = struct.pack(">QQIIQ", created, created, track.track_id, 0, end)
    return make_box(
        b"trak",
        make_full_box(b"tkhd", 1, _ENABLED_IN_MOVIE, header, track.header_rest),
        _edits(placement, timescale, track.timescale),
        _mdia(table, created),
    )


def _mdia(table: SampleTable, created: int) -> bytes:
    track = table.track
    times = struct.pack(">QQIQ", created, created, track.timescale, table.duration)
    return make_box(
        b"mdia",
        make_full_box(b"mdhd", 1, 0, times, track.language, bytes(2)),
        track.handler,
        make_box(b"minf", track.media_header, make_box(b"stbl", *table.boxes())),
    )


def _edits(placement: _Placement, movie_timescale: int, track_timescale: int) -> bytes:
    rows = []
    if placement.delay:
        rows.append(struct.pack(">QqI", round(placement.delay * movie_timescale), -1, 0x10000))
    shown = round(placement.shown * movie_timescale)
    media_time = round(placement.media_start * track_timescale)
    rows.append(struct.pack(">QqI", shown, media_time, 0x10000))
    count = struct.pack(">I", len(rows))
    return make_box(b"edts", make_full_box(b"elst", 1, 0, count, *rows))
