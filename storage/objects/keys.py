"""Which name an object has; house.md section 4. Pure: names from values and back."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

FOOTAGE_PREFIX = "v1/"
"""Everything below it is footage or a statement about footage."""
ASIDE_PREFIX = "aside/"
"""Bytes that were not what was announced; kept for a person to look at."""
MARKER_KEY = "pollcam-archive.json"
"""Says which archive this store belongs to; see storage/identity.py."""
ENTRY_METADATA = "pollcam-entry"
"""Metadata name of the signed line, base64."""
MAX_KEPT_LINE_BYTES = 1300
"""So that its base64, with the digest beside it, stays below the 2 kB S3 gives metadata."""

_NAME = re.compile(
    r"v1/(?P<camera>[0-9a-f-]{36})/(?P<date>\d{4}-\d{2}-\d{2})/"
    r"(?P<time>\d{6}\.\d{6})Z-(?P<id>[0-9a-f-]{36})(?P<suffix>\.m4s|\.init\.mp4|\.gap\.json)"
)


class KeyKind(StrEnum):
    """What an object below `FOOTAGE_PREFIX` is; the value is the end of its name."""

    SEGMENT = ".m4s"
    INIT = ".init.mp4"
    GAP = ".gap.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageKey:
    """The parts of a name."""

    kind: KeyKind
    camera_id: UUID
    start_utc: datetime
    object_id: UUID
    """The segment's, run's or gap's id."""

    def __str__(self) -> str:
        start_utc = self.start_utc.astimezone(UTC)
        return (
            f"{FOOTAGE_PREFIX}{self.camera_id}/{start_utc:%Y-%m-%d}/"
            f"{start_utc:%H%M%S.%f}Z-{self.object_id}{self.kind.value}"
        )


def segment_key(camera_id: UUID, start_utc: datetime, segment_id: UUID) -> str:
    """Where a segment's bytes are."""
    return str(
        FootageKey(
            kind=KeyKind.SEGMENT, camera_id=camera_id, start_utc=start_utc, object_id=segment_id
        )
    )


def init_key(camera_id: UUID, start_utc: datetime, run_id: UUID) -> str:
    """Where a run's init is."""
    return str(
        FootageKey(kind=KeyKind.INIT, camera_id=camera_id, start_utc=start_utc, object_id=run_id)
    )


def gap_key(camera_id: UUID, start_utc: datetime, gap_id: UUID) -> str:
    """Where the statement of a gap is."""
    return str(
        FootageKey(kind=KeyKind.GAP, camera_id=camera_id, start_utc=start_utc, object_id=gap_id)
    )


def aside_key(key: str, occasion: UUID) -> str:
    """Where damaged bytes found under `key` go; a new occasion never meets an old one."""
    return f"{ASIDE_PREFIX}{key}-{occasion}"


def read_key(key: str) -> FootageKey | None:
    """The parts of a name, or None when it is not one of ours."""
    match = _NAME.fullmatch(key)
    if match is None:
        return None
    try:
        return FootageKey(
            kind=KeyKind(match["suffix"]),
            camera_id=UUID(match["camera"]),
            start_utc=datetime.strptime(
                f"{match['date']} {match['time']}+0000", "%Y-%m-%d %H%M%S.%f%z"
            ),
            object_id=UUID(match["id"]),
        )
    except ValueError:
        return None


def line_metadata(line: str) -> dict[str, str]:
    """The metadata that lets an object's rows be rebuilt from it alone."""
    return {ENTRY_METADATA: b64encode(line.encode()).decode()}


def kept_line(metadata: Mapping[str, str]) -> str | None:
    """The line from an object's metadata, or None when it carries none that can be read."""
    try:
        return b64decode(metadata[ENTRY_METADATA], validate=True).decode()
    except (KeyError, Base64Error, UnicodeDecodeError):
        return None
