"""Which footage is past its time. Pure: values in, decision out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import NAMESPACE_URL, UUID, uuid5

from core.errors import ConflictError, SettingsError
from core.station import StationMode
from core.timerange import TimeRange
from storage.holds import HoldScope, covers_any

MAX_STRETCH_SEGMENTS = 1000
"""Segments one expiry record speaks of: their signed lines, some 700 kB, are kept in it."""


class MassDeletionError(ConflictError):
    """More would go than a run may delete; nothing was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long footage is kept, and how much may go at once."""

    keep: Mapping[StationMode, timedelta]
    """By the mode of its station; a mode that is not named is kept for ever."""
    max_share: float = 0.2
    """Of all stored segments that one run may delete, 0 to 1. A wrong clock or a wrong
    setting shows itself as a run that wants everything."""

    def __post_init__(self) -> None:
        if not 0 <= self.max_share <= 1:
            raise SettingsError("the share that may be deleted is a number from 0 to 1")
        if any(age <= timedelta(0) for age in self.keep.values()):
            raise SettingsError("footage is kept for more than zero seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSegment:
    """A stored segment, as far as its deletion depends on it."""

    segment_id: UUID
    run_id: UUID
    number: int
    station_id: UUID
    camera_id: UUID
    mode: StationMode
    range: TimeRange
    size_bytes: int
    object_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredStretch:
    """Neighbouring segments of one run that go together and leave one gap."""

    segments: tuple[StoredSegment, ...]

    @property
    def gap_id(self) -> UUID:
        """The same for the same segments, so that a repeated run writes the same record."""
        ids = ",".join(str(segment.segment_id) for segment in self.segments)
        return uuid5(NAMESPACE_URL, f"pollcam:expired:{ids}")

    @property
    def range(self) -> TimeRange:
        """From the start of the first to the end of the last."""
        end_utc = max(segment.range.end_utc for segment in self.segments)
        return TimeRange(self.segments[0].range.start_utc, end_utc)


def is_due(
    segment: StoredSegment,
    holds: Iterable[HoldScope],
    policy: RetentionPolicy,
    now_utc: datetime,
) -> bool:
    """Whether a segment may be deleted now: past its time and under no hold."""
    age_limit = policy.keep.get(segment.mode)
    if age_limit is None or segment.range.end_utc > now_utc - age_limit:
        return False
    return not covers_any(holds, segment.station_id, segment.camera_id, segment.range)


def check_share(due_count: int, stored_count: int, policy: RetentionPolicy) -> None:
    """Refuse a run that would delete too much.

    Raises:
        MassDeletionError: It would.
    """
    if due_count > stored_count * policy.max_share:
        raise MassDeletionError(
            f"{due_count} of {stored_count} stored segments are past their time, more than the "
            f"{policy.max_share:.0%} one run may delete; nothing was deleted. If that is right, "
            "allow a larger share for one run"
        )


def stretches_of(due: Sequence[StoredSegment]) -> list[ExpiredStretch]:
    """Group neighbours: one run, following numbers, at most `MAX_STRETCH_SEGMENTS`."""
    ordered = sorted(due, key=lambda s: (s.camera_id, s.run_id, s.number))
    places = enumerate(ordered)
    groups = groupby(places, key=lambda item: (item[1].run_id, item[1].number - item[0]))
    result: list[ExpiredStretch] = []
    for _, group in groups:
        whole = [segment for _, segment in group]
        for start in range(0, len(whole), MAX_STRETCH_SEGMENTS):
            part = tuple(whole[start : start + MAX_STRETCH_SEGMENTS])
            result.append(ExpiredStretch(segments=part))
    return result
