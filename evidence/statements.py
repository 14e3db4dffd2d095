"""The bodies of entries, to and from the values of `core.footage`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.errors import BadTimeRangeError
from core.footage import LONGEST_SEGMENT, Gap, GapCause, Run, Segment, SegmentEnd
from core.timerange import TimeRange
from core.timestamps import from_iso, to_iso
from evidence.entry import Entry, EntryKind
from evidence.errors import EntryFormatError

_MICROSECOND = timedelta(microseconds=1)
_IMPOSSIBLE = (OverflowError, BadTimeRangeError)


def run_body(run: Run) -> dict[str, Any]:
    """What a `start` entry states."""
    return {
        "run": str(run.run_id),
        "t0": to_iso(run.start_utc),
        "init": run.init_sha256,
        "init_size": run.init_size_bytes,
        "codec": run.codec,
        "width": run.width,
        "height": run.height,
        "timescale": run.timescale,
    }


def segment_body(segment: Segment) -> dict[str, Any]:
    """What a `segment` entry states."""
    return {
        "segment": str(segment.segment_id),
        "run": str(segment.run_id),
        "number": segment.number,
        "t0": to_iso(segment.start_utc),
        "media_us": segment.media_duration // _MICROSECOND,
        "frames": segment.frame_count,
        "sha256": segment.sha256,
        "size": segment.size_bytes,
        "end": segment.end.value,
        "offset_s": segment.clock_offset_s,
        "synced": segment.is_clock_synced,
    }


def gap_body(gap: Gap) -> dict[str, Any]:
    """What a `gap` entry states."""
    return {
        "gap": str(gap.gap_id),
        "t0": to_iso(gap.range.start_utc),
        "t1": to_iso(gap.range.end_utc),
        "cause": gap.cause.value,
    }


def statement_of(entry: Entry) -> Run | Segment | Gap | None:
    """The value an entry states; None for a `stop`, which states nothing more.

    Raises:
        EntryFormatError: A field is missing or impossible.
    """
    readers: dict[EntryKind, Callable[[Entry], Run | Segment | Gap]] = {
        EntryKind.START: _run,
        EntryKind.SEGMENT: _segment,
        EntryKind.GAP: _gap,
    }
    reader = readers.get(entry.kind)
    try:
        return reader(entry) if reader else None
    except (ValueError, KeyError, TypeError, AttributeError, *_IMPOSSIBLE) as error:
        raise EntryFormatError(f"entry {entry.seq}: {error!r}") from error


def _run(entry: Entry) -> Run:
    body = entry.body
    return Run(
        run_id=UUID(body["run"]),
        camera_id=entry.camera_id,
        start_utc=from_iso(body["t0"]),
        init_sha256=_digest(body["init"]),
        init_size_bytes=_whole(body["init_size"], 1),
        codec=str(body["codec"]),
        width=_whole(body["width"], 1),
        height=_whole(body["height"], 1),
        timescale=_whole(body["timescale"], 1),
    )


def _segment(entry: Entry) -> Segment:
    body = entry.body
    offset_s = body["offset_s"]
    return Segment(
        segment_id=UUID(body["segment"]),
        run_id=UUID(body["run"]),
        camera_id=entry.camera_id,
        number=_whole(body["number"], 0),
        start_utc=from_iso(body["t0"]),
        media_duration=_media_duration(body["media_us"]),
        frame_count=_whole(body["frames"], 1),
        sha256=_digest(body["sha256"]),
        size_bytes=_whole(body["size"], 1),
        end=SegmentEnd(body["end"]),
        clock_offset_s=None if offset_s is None else float(offset_s),
        is_clock_synced=body["synced"] is True,
    )


def _gap(entry: Entry) -> Gap:
    body = entry.body
    return Gap(
        gap_id=UUID(body["gap"]),
        camera_id=entry.camera_id,
        range=TimeRange(from_iso(body["t0"]), from_iso(body["t1"])),
        cause=GapCause(body["cause"]),
        said_by="agent",
    )


def _whole(value: object, at_least: int) -> int:
    if type(value) is not int or value < at_least:
        raise ValueError(f"{value!r} is not a whole number from {at_least}")
    return value


def _media_duration(media_us: object) -> timedelta:
    duration = _whole(media_us, 1) * _MICROSECOND
    if duration > LONGEST_SEGMENT:
        raise ValueError(f"a segment of {duration}")
    return duration


def _digest(value: object) -> str:
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ValueError(f"{value!r} is not a SHA-256 digest")
    return value
