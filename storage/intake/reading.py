"""From a line to a statement that may enter the archive. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.footage import Gap, Run, Segment
from evidence.entry import Entry, check_signature, read_entry
from evidence.errors import EntryError
from evidence.statements import statement_of
from storage.objects.keys import MAX_KEPT_LINE_BYTES

_CODEC = re.compile(r"[!-~]{1,64}")
_MAX_INT = 2**31 - 1
_MAX_BIGINT = 2**63 - 1
_EARLIEST_UTC = datetime(1970, 1, 1, tzinfo=UTC)
"""A board without a battery begins its life here; nothing begins before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a line can never be accepted."""

    sentence: str
    incident: str | None = None
    """Kind of the incident it is, if it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """An entry of a known device and what it states; None for a stop."""

    entry: Entry
    statement: Run | Segment | Gap | None


def read_line(
    line: str, keys: Mapping[UUID, Ed25519PublicKey], camera_ids: frozenset[UUID]
) -> ReadLine | Refusal:
    """Hold a line to its device's key and to what the archive can keep.

    Args:
        line: As it came.
        keys: Public keys of the devices of the calling station, by device.
        camera_ids: The station's cameras.
    """
    if len(line) > MAX_KEPT_LINE_BYTES or not line.isascii():
        return Refusal(sentence="a line is too long or not ASCII")
    try:
        entry = read_entry(line)
        key = keys.get(entry.device_id)
        if key is None:
            return Refusal(sentence=f"device {entry.device_id} is not one of this station")
        check_signature(entry, key)
        return _limited(entry, statement_of(entry), camera_ids)
    except EntryError as error:
        return Refusal(sentence=str(error))


def _limited(
    entry: Entry, statement: Run | Segment | Gap | None, camera_ids: frozenset[UUID]
) -> ReadLine | Refusal:
    where = f"entry {entry.seq} of camera {entry.camera_id}"
    if entry.camera_id not in camera_ids:
        return Refusal(sentence=f"{where}: not a camera of this station")
    if entry.seq > _MAX_BIGINT or not _is_keepable(statement):
        return Refusal(sentence=f"{where}: a number or time is beyond all limits")
    return ReadLine(entry=entry, statement=statement)


def _is_keepable(statement: Run | Segment | Gap | None) -> bool:
    match statement:
        case Run():
            return _is_keepable_run(statement)
        case Segment():
            return _is_keepable_segment(statement)
        case Gap():
            return statement.range.start_utc >= _EARLIEST_UTC
        case None:
            return True


def _is_keepable_run(run: Run) -> bool:
    return (
        run.start_utc >= _EARLIEST_UTC
        and _CODEC.fullmatch(run.codec) is not None
        and max(run.width, run.height) <= _MAX_INT
        and max(run.timescale, run.init_size_bytes) <= _MAX_BIGINT
    )


def _is_keepable_segment(segment: Segment) -> bool:
    try:
        has_end = segment.range.start_utc >= _EARLIEST_UTC
    except OverflowError:  # it would end after the year 9999
        return False
    return (
        has_end
        and max(segment.number, segment.frame_count) <= _MAX_INT
        and segment.size_bytes <= _MAX_BIGINT
        and isfinite(segment.clock_offset_s or 0.0)
    )
