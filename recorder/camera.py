"""One camera of the station: its two threads, its taps, its report."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import Clock
from core.footage import GapCause
from core.wire.heartbeat import CameraReport
from recorder.capture.capture import Capture
from recorder.capture.inbox import Forfeit, Inbox, RunBegan
from recorder.capture.run_feed import RunFeed
from recorder.capture.run_keeper import RunKeeper
from recorder.clock_state import ReadClockState
from recorder.counters import Counters
from recorder.disk.evicting import forfeit
from recorder.disk.journal import Journal
from recorder.disk.layout import journal_directory
from recorder.disk.recovery import Recovered, Recovery
from recorder.disk.run_writer import RunWriter
from recorder.disk.sealing import Sealing
from recorder.disk.thread import DiskThread
from recorder.lasting_thread import lasting_thread
from recorder.media.timestamps import Order
from recorder.sources.address import SourceAddress, SourceKind
from recorder.sources.opening import open_source
from recorder.sources.session import Session
from recorder.steps import Reached
from recorder.stock.stock import Stock
from recorder.stock.stocked import StockedObject
from recorder.taps.board import TapBoard
from recorder.taps.tap import Tap

_CAPTURE_ENDS_WITHIN_S = 1.0
"""Once told to; a camera sends something much more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """One camera, as the agent's configuration names it."""

    camera_id: UUID
    position: int
    source: SourceAddress
    segment_target_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all cameras of a station share."""

    spool: Path
    stock: Stock
    claim_disk: Callable[[], None]
    """Raises DiskError while the spool cannot be used."""
    device_id: UUID
    key: Ed25519PrivateKey
    clock: Clock
    read_clock_state: ReadClockState
    reached: Reached


class Camera:
    """Records one camera, from `start` to `stop`.

    One thread captures and waits only for the camera; one writes and waits only for the disk;
    a bounded inbox lies between them, so that neither holds up the other, and no camera another.

    Args:
        plan: What to record.
        around: What the station's cameras share.
    """

    def __init__(self, plan: CameraPlan, around: Surroundings) -> None:
        self.plan = plan
        self.counters = Counters()
        self._around = around
        self._random = Random()  # noqa: S311 spreads retries, keeps no secret
        self._stopping = threading.Event()
        self._inbox = Inbox()
        self._taps = TapBoard()
        self._disk = self._new_disk_thread()
        self._capture = self._new_capture()
        self._stop_asked_s = 0.0
        self._capture_thread = self._thread("capture", self._capture.run)
        self._disk_thread = self._thread("disk", self._disk.run)

    def start(self) -> None:
        """Begin to record. Returns at once; failures are retried for ever."""
        self._capture_thread.start()
        self._disk_thread.start()

    def ask_stop(self) -> None:
        """Tell it to end; returns at once."""
        self._stop_asked_s = self._around.clock.monotonic_s()
        self._stopping.set()
        self._capture.abort()

    def join(self, timeout_s: float) -> bool:
        """Wait until all is written and stated; false when it takes longer.

        A capture that waits for a silent camera is not waited for: it has nothing to hand on.
        """
        until_s = self._around.clock.monotonic_s() + timeout_s
        self._join(self._capture_thread, min(until_s, self._stop_asked_s + _CAPTURE_ENDS_WITHIN_S))
        self._inbox.close()
        self._join(self._disk_thread, until_s)
        return not self._disk_thread.is_alive()

    def _join(self, thread: threading.Thread, until_s: float) -> None:
        thread.join(max(0.0, until_s - self._around.clock.monotonic_s()))

    @property
    def is_running(self) -> bool:
        """Whether it still writes; a file played once ends by itself."""
        return self._disk_thread.is_alive()

    @property
    def has_died(self) -> bool:
        """Whether one thread works on without the other: a defect that only a restart mends."""
        return self._capture_thread.is_alive() is not self._disk_thread.is_alive()

    def tap(
        self, *, capacity: int, wake: Callable[[], None], is_keyframes_only: bool = False
    ) -> Tap:
        """Get its pictures as they come, from now on; see `recorder.taps.tap.Tap`.

        Args:
            capacity: Pictures to hold for a slow consumer.
            wake: Called from the capture thread after each; must not wait.
            is_keyframes_only: For who wants nothing else.
        """
        return self._taps.add(capacity=capacity, wake=wake, is_keyframes_only=is_keyframes_only)

    def set_segment_target(self, target_s: float) -> None:
        """Change the wanted length of segments, from the next one on."""
        self._disk.target_s = target_s

    def forfeit(self, stocked: StockedObject, cause: GapCause) -> None:
        """Give up a segment of this camera that the archive does not have; returns at once.

        Args:
            stocked: It leaves a gap in the camera's chain.
            cause: EVICTED: to make room. LOST: its file vanished.
        """
        self._inbox.put(Forfeit(stocked=stocked, cause=cause))

    def watch(self) -> None:
        """End a session that gives no pictures. Called each second by the station."""
        self._capture.abort_if_silent()

    def report(self) -> CameraReport:
        """What the heartbeat says of it; picture and publishing are for others to add."""
        now_s = self._around.clock.monotonic_s()
        counters = self.counters
        rates = counters.rates(now_s)
        recorded_s = counters.last_recorded_s
        trouble = counters.disk_trouble or counters.source_trouble
        return CameraReport(
            camera_id=self.plan.camera_id,
            position=self.plan.position,
            last_recorded_age_s=None if recorded_s is None else max(0.0, now_s - recorded_s),
            recording_since_utc=counters.recording_since_utc,
            trouble=None if trouble is None else trouble.value,
            fps=round(rates.fps, 2),
            bitrate_bps=rates.bitrate_bps,
            keyframe_interval_s=counters.keyframe_interval_s,
            reconnects_total=max(0, counters.sessions_total - 1),
            dropped_packets_total=counters.dropped_packets_total,
        )

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        return lasting_thread(
            f"camera-{self.plan.position}-{name}",
            work,
            self._stopping,
            camera_id=str(self.plan.camera_id),
        )

    def _new_capture(self) -> Capture:
        source, clock = self.plan.source, self._around.clock
        is_once = source.kind is SourceKind.FILE and not source.is_looped
        return Capture(
            open_session=lambda: open_source(source, clock, self._stopping),
            is_endless=not is_once,
            keeper=RunKeeper(
                new_feed=self._new_feed,
                inbox=self._inbox,
                taps=self._taps,
                counters=self.counters,
            ),
            clock=clock,
            inbox=self._inbox,
            counters=self.counters,
            stopping=self._stopping,
            random=self._random,
        )

    def _new_feed(self, session: Session, sets: bytes, order: Order) -> RunFeed:
        return RunFeed(
            session=session,
            sets=sets,
            order=order,
            clock=self._around.clock,
            read_clock_state=self._around.read_clock_state,
            inbox=self._inbox,
        )

    def _new_disk_thread(self) -> DiskThread:
        return DiskThread(
            inbox=self._inbox,
            recover=self._recover,
            forfeit=self._forfeit,
            new_writer=self._new_writer,
            clock=self._around.clock,
            counters=self.counters,
            target_s=self.plan.segment_target_s,
            random=self._random,
        )

    def _new_writer(self, began: RunBegan) -> RunWriter:
        return RunWriter(
            camera_id=self.plan.camera_id,
            began=began,
            spool=self._around.spool,
            clock=self._around.clock,
            counters=self.counters,
            target_s=self._disk.target_s,
            reached=self._around.reached,
        )

    def _forfeit(self, message: Forfeit, sealing: Sealing) -> GapCause | None:
        around = self._around
        return forfeit(message.stocked, message.cause, sealing, around.stock, around.reached)

    def _recover(self) -> tuple[Sealing, Recovered]:
        around, camera_id = self._around, self.plan.camera_id
        around.claim_disk()
        journal = Journal(
            directory=journal_directory(around.spool, camera_id),
            device_id=around.device_id,
            camera_id=camera_id,
            key=around.key,
            clock=around.clock,
        )
        sealing = Sealing(journal, around.stock, around.reached)
        recovery = Recovery(
            spool=around.spool,
            camera_id=camera_id,
            journal=journal,
            stock=around.stock,
            sealing=sealing,
        )
        return sealing, recovery.run()
