"""Gaps the archive itself states: no device signs them, so they have a form of their own.

The first line is JSON; behind it, one a line, stand the signed entries of the segments that
were deleted. What was recorded stays provable although the footage is gone.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.errors import BadTimeRangeError, DamagedError
from core.footage import Gap, GapCause
from core.timerange import TimeRange
from core.timestamps import from_iso, to_iso
from storage.objects.keys import gap_key
from storage.objects.port import ObjectExistsError, ObjectPromise, ObjectStore

_FORMAT = "pollcam-archive-gap/1"


class GapFormatError(DamagedError):
    """An object that should state a gap does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveGap:
    """A gap and the entries of what was there before."""

    gap: Gap
    lines: tuple[str, ...]


def write_archive_gap(statement: ArchiveGap) -> bytes:
    """The object's content."""
    gap = statement.gap
    head = {
        "format": _FORMAT,
        "gap": str(gap.gap_id),
        "camera": str(gap.camera_id),
        "t0": to_iso(gap.range.start_utc),
        "t1": to_iso(gap.range.end_utc),
        "cause": gap.cause.value,
        "said_by": gap.said_by,
    }
    return "\n".join([json.dumps(head), *statement.lines, ""]).encode()


def read_archive_gap(content: bytes) -> ArchiveGap:
    """The statement from an object's content.

    Raises:
        GapFormatError: It is none.
    """
    try:
        head_line, *lines = content.decode().splitlines()
        head = json.loads(head_line)
        is_known = head["format"] == _FORMAT
        gap = Gap(
            gap_id=UUID(head["gap"]),
            camera_id=UUID(head["camera"]),
            range=TimeRange(from_iso(head["t0"]), from_iso(head["t1"])),
            cause=GapCause(head["cause"]),
            said_by=str(head["said_by"]),
        )
    except (ValueError, KeyError, TypeError, BadTimeRangeError) as error:
        raise GapFormatError(f"not the statement of a gap: {error}") from error
    if not is_known:
        raise GapFormatError("the statement of a gap has a format of another version")
    return ArchiveGap(gap=gap, lines=tuple(lines))


def keep_archive_gap(store: ObjectStore, gap: Gap, lines: Sequence[str]) -> None:
    """Put the statement beside the footage. The same one again is fine."""
    content = write_archive_gap(ArchiveGap(gap=gap, lines=tuple(lines)))
    sha256 = hashlib.sha256(content).hexdigest()
    promise = ObjectPromise(size_bytes=len(content), sha256=sha256, metadata={})
    key = gap_key(gap.camera_id, gap.range.start_utc, gap.gap_id)
    try:
        store.put(key, [content], promise)
    except ObjectExistsError:
        if b"".join(store.get(key)) != content:
            raise
