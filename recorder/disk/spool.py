"""Writes one camera's inits and segments to the disk. Used by one thread."""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from core.clock import Clock
from core.footage import Segment, SegmentEnd
from recorder.disk.files import disk_errors, make_directory, sync_directory, write_all, write_new
from recorder.disk.layout import SegmentFacts, init_path, open_path, segment_path
from recorder.media.boxes import Fragment
from recorder.steps import Reached, Step, go_on

SYNC_EVERY_S = 2.0
"""A power cut costs at most so much of what a camera sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSegment:
    """A segment that is durable under its final name, and still under its open one too."""

    segment: Segment
    path: Path
    open_path: Path
    """To be removed by `release` once the segment's entry is durable."""


class SpooledSegment:
    """The open segment of a camera.

    Every fragment is written at once, so that a killed agent loses none, and made durable at
    most `SYNC_EVERY_S` later, so that a power cut loses little. Hashed as it is written.

    Args:
        spool: The spool's root.
        facts: What is known of it.
        timescale: Ticks a second of its run.
        clock: Its monotonic time says when to sync.
        reached: Told of each step.

    Raises:
        DiskError: From every call: the disk takes no bytes.
    """

    def __init__(
        self,
        *,
        spool: Path,
        facts: SegmentFacts,
        timescale: int,
        clock: Clock,
        reached: Reached = go_on,
    ) -> None:
        self.facts = facts
        self._timescale = timescale
        self._clock = clock
        self._reached = reached
        self._open_path = open_path(spool, facts)
        self._path = segment_path(spool, facts)
        self._hash = hashlib.sha256()
        self._size_bytes = self._frames = self._ticks = 0
        self._synced_s = clock.monotonic_s()
        with disk_errors():
            self._fd = os.open(self._open_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        reached(Step.SEGMENT_OPENED)

    @property
    def is_empty(self) -> bool:
        """Whether no fragment was written: then recovery removes it."""
        return self._size_bytes == 0

    def append(self, fragment: Fragment) -> None:
        """Write the next fragment, whole or not at all."""
        with disk_errors():
            try:
                write_all(self._fd, fragment.data)
            except OSError:
                self._drop_tail()
                raise
        self._hash.update(fragment.data)
        self._size_bytes += len(fragment.data)
        self._frames += fragment.sample_count
        self._ticks += fragment.duration
        self._reached(Step.FRAGMENT_APPENDED)
        self._sync_now_and_then()

    def close(self, end: SegmentEnd) -> ClosedSegment:
        """Make it durable under its final name.

        Raises:
            DiskError: Not done; recovery will close what is there.
        """
        with disk_errors():
            os.fsync(self._fd)
            self._reached(Step.SEGMENT_SYNCED)
            os.link(self._open_path, self._path)  # link, unlike rename, refuses to overwrite
            sync_directory(self._path.parent)
        self._reached(Step.SEGMENT_LINKED)
        self.abandon()
        return ClosedSegment(segment=self._segment(end), path=self._path, open_path=self._open_path)

    def abandon(self) -> None:
        """Leave the file as it is, for recovery. Twice is fine."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = -1

    def _segment(self, end: SegmentEnd) -> Segment:
        facts = self.facts
        return Segment(
            segment_id=facts.segment_id,
            run_id=facts.run_id,
            camera_id=facts.camera_id,
            number=facts.number,
            start_utc=facts.start_utc,
            media_duration=media_duration(self._ticks, self._timescale),
            frame_count=self._frames,
            sha256=self._hash.hexdigest(),
            size_bytes=self._size_bytes,
            end=end,
            clock_offset_s=facts.clock_offset_s,
            is_clock_synced=facts.is_clock_synced,
        )

    def _drop_tail(self) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, self._size_bytes)

    def _sync_now_and_then(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._synced_s >= SYNC_EVERY_S:
            with disk_errors():
                os.fdatasync(self._fd)
            self._synced_s = now_s


def media_duration(ticks: int, timescale: int) -> timedelta:
    """Ticks as time, to the nearest microsecond."""
    return timedelta(microseconds=round(ticks * 1_000_000 / timescale))


def write_init(spool: Path, camera_id: UUID, run_id: UUID, data: bytes) -> Path:
    """Make a run's directory and init durable. May be repeated.

    Raises:
        DiskError: The disk takes no bytes.
    """
    path = init_path(spool, camera_id, run_id)
    with disk_errors():
        make_directory(path.parent)
        try:
            write_new(path, data)
        except FileExistsError:
            if path.read_bytes() != data:
                raise
    return path


def release(closed: ClosedSegment) -> None:
    """Take the open name away: the segment's entry is durable, so nothing is left to recover.

    Raises:
        DiskError: Not done; recovery will.
    """
    with disk_errors():
        closed.open_path.unlink(missing_ok=True)
