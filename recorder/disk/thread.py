"""The disk side of one camera: takes what capture hands over and makes it durable and stated."""

import threading
from collections.abc import Callable, Iterable
from random import Random

import structlog

from core.backoff import Backoff
from core.clock import Clock
from core.errors import PollcamError
from core.footage import GapCause
from evidence.errors import EntryError
from recorder.capture.inbox import Blamed, Forfeit, FragmentCame, Inbox, Message, RunBegan, RunEnded
from recorder.capture.timeline import Instant
from recorder.counters import Counters
from recorder.disk.gaps import GapBook, Missing
from recorder.disk.recovery import Recovered
from recorder.disk.run_writer import RunWriter
from recorder.disk.sealing import Sealing
from recorder.disk.segmenter import Cut
from recorder.errors import BoxError, DiskError
from recorder.stock.file import StockError

log = structlog.get_logger(__name__)
_TICK_S = 1.0
_RETRY = Backoff(first_s=1.0, cap_s=15.0)
Recover = Callable[[], tuple[Sealing, Recovered]]
"""Opens the camera's journal and brings its spool in line; see `recorder.disk.recovery`."""


class DiskThread:
    """Writes one camera's runs and names its gaps, in the thread that calls `run`.

    When the disk refuses, the open segment is left as it is, what comes is dropped and counted,
    and after a while recovery is tried as after a power cut: the disk's failures have one way
    out, and every start of the agent takes it too.

    Args:
        inbox: What capture hands over; the thread ends when it is closed and empty.
        recover: Called at the start and after each failure of the disk.
        forfeit: Gives up a segment; see `recorder.disk.evicting`.
        new_writer: Makes the writer of a run.
        clock: Time.
        counters: Told what was written.
        target_s: Wanted media duration of a segment; may be changed from any thread.
        random: Spreads the retries.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        recover: Recover,
        forfeit: Callable[[Forfeit, Sealing], GapCause | None],
        new_writer: Callable[[RunBegan], RunWriter],
        clock: Clock,
        counters: Counters,
        target_s: float,
        random: Random,
    ) -> None:
        self.target_s = target_s
        self.is_ready = threading.Event()
        """Set once recovery has succeeded for the first time."""
        self._inbox = inbox
        self._recover = recover
        self._forfeit = forfeit
        self._new_writer = new_writer
        self._clock = clock
        self._counters = counters
        self._random = random
        self._sealing: Sealing | None = None
        self._gaps = GapBook(None, GapCause.AGENT_DIED, Instant.read(clock))
        self._run: RunWriter | None = None
        self._failures = 0
        self._retry_at_s = 0.0
        self._failed: Instant | None = None
        """When the disk's present trouble began, or its latest."""
        self._dropped_seen = 0

    def run(self) -> None:
        """Work until the inbox is closed and empty, then close what is open and say so.

        When it failed by a defect it may be called again: it begins as after a power cut.
        """
        if self._run is not None:
            self._run.abandon()
        self._guarded(self._begin)
        while not self._inbox.is_done:
            self._step(self._inbox.take(_TICK_S))
        self._guarded(self._finish)

    def _step(self, message: Message | None) -> None:
        sealing = self._sealing
        if sealing is None:
            self._while_broken(message)
            return
        self._guarded(lambda: self._handle(message, sealing))

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (DiskError, StockError, EntryError, BoxError) as error:
            self._break(error)

    def _begin(self) -> None:
        self._sealing, recovered = self._recover()
        trouble, failed = self._counters.disk_trouble, self._failed
        end_utc = recovered.end_utc or (None if failed is None else failed.utc)
        # The clock may have been set since the trouble began.
        began = failed if trouble and failed else self._now()
        self._gaps = GapBook(end_utc, trouble or recovered.cause, began)
        self.is_ready.set()
        log.info("disk.ready", recovered_segments=len(recovered.closed))

    def _break(self, error: PollcamError) -> None:
        # The disk may take an entry and no video: only what was written ends the trouble.
        if self._counters.disk_trouble is None:
            self._failures, self._failed = 0, self._now()
        self._failures += 1
        delay_s = _RETRY.delay_s(self._failures, self._random)
        self._retry_at_s = self._clock.monotonic_s() + delay_s
        self._sealing = None
        if self._run is not None:
            self._run.abandon()
        self._counters.disk_failed(getattr(error, "cause", GapCause.DISK_FAILED))
        log.error("disk.failed", error=str(error), retry_in_s=round(delay_s, 1))

    def _while_broken(self, message: Message | None) -> None:
        """Nothing can be written: follow what the run is, and try again now and then."""
        if isinstance(message, RunBegan):
            self._run = self._new_writer(message)
        elif isinstance(message, FragmentCame):
            self._counters.dropped(message.fragment.sample_count)
        if self._clock.monotonic_s() >= self._retry_at_s or isinstance(message, Forfeit):
            self._guarded(self._begin)
        if isinstance(message, Forfeit) and self._sealing is not None:
            self._step(message)

    def _handle(self, message: Message | None, sealing: Sealing) -> None:
        self._state(self._gaps.clock_read(self._now()))
        if isinstance(message, FragmentCame):
            self._write(message, sealing)
        elif isinstance(message, RunBegan):
            self._end_run(sealing)
            self._run = self._new_writer(message)
            self._gaps.run_began(self._now())
        elif isinstance(message, RunEnded):
            self._end_run(sealing)
            self._blame(message.cause)
            if message.goes_on:
                self._gaps.went_on()
        elif isinstance(message, Blamed):
            # The disk was given back since; what keeps the camera from being recorded is this.
            self._counters.disk_trouble = None
            self._blame(message.cause)
        elif isinstance(message, Forfeit):
            self._give_up(message, sealing)
        self._state(self._gaps.waited(self._now()))

    def _write(self, came: FragmentCame, sealing: Sealing) -> None:
        run = self._run
        if run is None or run.began.run_id != came.run_id:
            self._counters.dropped(came.fragment.sample_count)
            self._note_slow_disk()
            return
        cut = run.prepare(came.fragment, sealing, self.target_s)
        if cut is Cut.HOLE:
            self._note_slow_disk()
            cut = run.prepare(came.fragment, sealing, self.target_s)
        if cut is Cut.SKIP:
            self._counters.dropped(came.fragment.sample_count)
            return
        end_utc = came.start_utc + run.duration(came.fragment)
        self._state(self._gaps.recorded(came.start_utc, end_utc))
        run.write(came, sealing)

    def _give_up(self, message: Forfeit, sealing: Sealing) -> None:
        cause = self._forfeit(message, sealing)
        if cause is None:
            return
        self._counters.forfeited(message.stocked.size_bytes, cause)
        log.error(
            "footage.forfeited",
            cause=cause,
            segment_id=str(message.stocked.object_id),
            size_bytes=message.stocked.size_bytes,
        )

    def _note_slow_disk(self) -> None:
        """Only a full inbox makes a hole in a run, or takes its beginning."""
        dropped = self._inbox.dropped_pictures_total - self._dropped_seen
        log.error("disk.too_slow", dropped_pictures=dropped)
        self._dropped_seen += dropped
        self._counters.dropped(dropped)
        self._blame(GapCause.DISK_FAILED)

    def _end_run(self, sealing: Sealing) -> None:
        if self._run is not None:
            self._run.close(sealing)
            self._run = None
        self._counters.recording_since_utc = None

    def _finish(self) -> None:
        if self._sealing is not None:
            self._end_run(self._sealing)
            self._state(self._gaps.stopped(self._now()))
            self._sealing.stop()

    def _blame(self, cause: GapCause | None) -> None:
        if cause is not None:
            self._state(self._gaps.blamed(cause, self._now()))

    def _now(self) -> Instant:
        return Instant.read(self._clock)

    def _state(self, stretches: Iterable[Missing]) -> None:
        for missing in stretches:
            if self._sealing is None:
                return
            gap = self._sealing.gap(missing)
            self._counters.gap_stated(gap.cause)
            log.warning(
                "gap.stated", cause=gap.cause, duration_s=gap.range.duration.total_seconds()
            )
