"""The index of a clip: a plain `moov` over bytes that lie before it. Pure.

Source: ISO/IEC 14496-12 sections 8.2 to 8.7.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from storage.export.boxes import make_box, make_full_box
from storage.export.tables import SampleTable

_EPOCH_UTC = datetime(1904, 1, 1, tzinfo=UTC)
_UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_ENABLED_IN_MOVIE = 3


def make_moov(tables: Sequence[SampleTable], start_utc: datetime) -> bytes:
    """The index over the samples of all tracks; the earliest of them is shown at 0.

    Args:
        tables: One for each track; those without samples are left out.
        start_utc: Wall time of the clip's start, kept as its creation time.
    """
    tables = [table for table in tables if table.sample_count]
    timescale = next((t for t in tables if t.track.is_video), tables[0]).track.timescale
    created = int((start_utc - _EPOCH_UTC).total_seconds())
    origin = min(_starts_at(table) for table in tables)
    traks = [_trak(t, _starts_at(t) - origin, timescale, created) for t in tables]
    duration = max(
        round((_starts_at(t) - origin + Fraction(t.duration, t.track.timescale)) * timescale)
        for t in tables
    )
    next_track = max(table.track.track_id for table in tables) + 1
    return make_box(b"moov", _mvhd(timescale, duration, created, next_track), *traks)


def _starts_at(table: SampleTable) -> Fraction:
    """When the first sample is shown, in seconds on the run's clock."""
    ticks = table.first_decode_time + (table.earliest or 0)
    return Fraction(ticks, table.track.timescale) + table.track.presentation_shift


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


def _trak(table: SampleTable, delay: Fraction, timescale: int, created: int) -> bytes:
    track = table.track
    shown = round(Fraction(table.duration, track.timescale) * timescale)
    delay_ticks = round(delay * timescale)
    header = struct.pack(">QQIIQ", created, created, track.track_id, 0, delay_ticks + shown)
    media = make_box(
        b"mdia",
        make_full_box(
            b"mdhd",
            1,
            0,
            struct.pack(">QQIQ", created, created, track.timescale, table.duration),
            track.language,
            bytes(2),
        ),
        track.handler,
        make_box(b"minf", track.media_header, make_box(b"stbl", *table.boxes())),
    )
    return make_box(
        b"trak",
        make_full_box(b"tkhd", 1, _ENABLED_IN_MOVIE, header, track.header_rest),
        _edits(delay_ticks, shown, table.media_time),
        media,
    )


def _edits(delay_ticks: int, shown: int, media_time: int) -> bytes:
    rows = []
    if delay_ticks:
        rows.append(struct.pack(">QqI", delay_ticks, -1, 0x10000))
    rows.append(struct.pack(">QqI", shown, media_time, 0x10000))
    count = struct.pack(">I", len(rows))
    return make_box(b"edts", make_full_box(b"elst", 1, 0, count, *rows))
