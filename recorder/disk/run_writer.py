"""Writes the segments of one run."""

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from core.clock import Clock
from core.footage import Run, SegmentEnd
from recorder.capture.inbox import FragmentCame, RunBegan
from recorder.counters import Counters
from recorder.disk.layout import SegmentFacts
from recorder.disk.sealing import Sealing
from recorder.disk.segmenter import Cut, Segmenter, stagger
from recorder.disk.spool import SpooledSegment, media_duration, release, write_init
from recorder.media.boxes import Fragment
from recorder.steps import Reached, Step


class RunWriter:
    """Turns one run's fragments into an init, segments and their entries. Used by one thread.

    Args:
        camera_id: Whose run.
        began: What its fragments need to be understood.
        spool: The spool's root.
        clock: Time.
        counters: Told what was written.
        target_s: Wanted media duration of a segment; may be changed.
        reached: Told of each step.

    Raises:
        DiskError: From every call; then `abandon` it and let recovery close what is there.
    """

    def __init__(
        self,
        *,
        camera_id: UUID,
        began: RunBegan,
        spool: Path,
        clock: Clock,
        counters: Counters,
        target_s: float,
        reached: Reached,
    ) -> None:
        self.began = began
        self._camera_id = camera_id
        self._spool = spool
        self._clock = clock
        self._counters = counters
        self._reached = reached
        self._segmenter = Segmenter(
            timescale=began.facts.timescale, target_s=target_s, first_factor=stagger(camera_id)
        )
        self._open: SpooledSegment | None = None
        self._is_stated = False
        self._next_number = 0

    def duration(self, fragment: Fragment) -> timedelta:
        """How long the fragment plays."""
        return media_duration(fragment.duration, self.began.facts.timescale)

    def prepare(self, fragment: Fragment, sealing: Sealing, target_s: float) -> Cut:
        """Close the open segment if it ends before this fragment; gives what was decided."""
        self._segmenter.target_s = target_s
        cut = self._segmenter.cut_before(fragment)
        if cut.end is not None:
            self._close_open(cut.end, sealing)
        return cut

    def write(self, came: FragmentCame, sealing: Sealing) -> None:
        """Write a fragment on the open segment, or on a new one."""
        if not self._is_stated:
            self._state_run(came, sealing)
        if self._open is None:
            self._open = self._new_segment(came)
        try:
            self._open.append(came.fragment)
        finally:
            # Recovery closes what has a fragment under its number, though not all went well.
            self._next_number = self._open.facts.number + (not self._open.is_empty)
        self._counters.fragment_written(
            len(came.fragment.data), came.start_utc, self._clock.monotonic_s()
        )

    def close(self, sealing: Sealing) -> None:
        """No more fragments come."""
        self._close_open(SegmentEnd.RUN_ENDED, sealing)
        self._segmenter.forget()

    def abandon(self) -> None:
        """The disk failed: leave the open segment to recovery. The run may go on later."""
        if self._open is not None:
            self._open.abandon()
            self._open = None
        self._segmenter.forget()

    def _close_open(self, end: SegmentEnd, sealing: Sealing) -> None:
        if self._open is None:
            return
        closed = self._open.close(end)
        self._open = None
        sealing.segment(closed.segment, closed.path)
        release(closed)
        self._reached(Step.SEGMENT_CLOSED)
        self._counters.segments_total += 1

    def _state_run(self, came: FragmentCame, sealing: Sealing) -> None:
        init, facts = self.began.init, self.began.facts
        path = write_init(self._spool, self._camera_id, came.run_id, init)
        self._reached(Step.INIT_WRITTEN)
        run = Run(
            run_id=came.run_id,
            camera_id=self._camera_id,
            start_utc=came.start_utc,
            init_sha256=hashlib.sha256(init).hexdigest(),
            init_size_bytes=len(init),
            codec=facts.codec,
            width=facts.width,
            height=facts.height,
            timescale=facts.timescale,
        )
        sealing.start(run, path)
        self._is_stated = True

    def _new_segment(self, came: FragmentCame) -> SpooledSegment:
        offset_s = came.clock.offset_s
        facts = SegmentFacts(
            camera_id=self._camera_id,
            run_id=came.run_id,
            segment_id=uuid4(),
            number=self._next_number,
            start_utc=came.start_utc,
            clock_offset_s=None if offset_s is None else round(offset_s, 3),
            is_clock_synced=came.clock.is_synced,
        )
        return SpooledSegment(
            spool=self._spool,
            facts=facts,
            timescale=self.began.facts.timescale,
            clock=self._clock,
            reached=self._reached,
        )
