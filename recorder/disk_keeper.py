"""Keeps room on the recording disk and an eye on the cameras, once a second."""

import threading
from collections.abc import Callable, Mapping
from uuid import UUID

import structlog

from core.footage import GapCause
from core.wire.heartbeat import DiskReport
from recorder.camera import Camera
from recorder.disk.evicting import evict_stored
from recorder.disk.policy import DiskUse, Eviction, decide_eviction, is_short, seconds_left
from recorder.disk.spool_disk import BALLAST_BYTES, SpoolDisk
from recorder.errors import DiskError
from recorder.steps import Reached
from recorder.stock.file import StockError
from recorder.stock.stock import Stock
from recorder.stock.stocked import ObjectState

log = structlog.get_logger(__name__)
_EVERY_S = 1.0
_CANDIDATES = 64


class DiskKeeper:
    """Evicts what must go. Works in the thread that calls `run`.

    Args:
        disk: The spool's.
        stock: The station's.
        cameras: By id; each evicts its own unstored segments, for that goes into its chain.
        reserve_bytes: To be kept free.
        stopping: Set from outside to end.
        reached: Told of each step.
    """

    def __init__(
        self,
        *,
        disk: SpoolDisk,
        stock: Stock,
        cameras: Mapping[UUID, Camera],
        reserve_bytes: int,
        stopping: threading.Event,
        reached: Reached,
    ) -> None:
        self._disk = disk
        self._stock = stock
        self._cameras = cameras
        self._reserve_bytes = reserve_bytes
        self._stopping = stopping
        self._reached = reached

    def run(self) -> None:
        """Look once a second, until told to stop."""
        while not self._stopping.wait(_EVERY_S):
            for camera in self._cameras.values():
                camera.watch()
            self._guarded(self.keep_room)

    def keep_room(self) -> None:
        """Evict what must go now.

        Raises:
            DiskError, StockError: It could not all be done; the next look tries again.
        """
        use = self._disk.use()
        if use is not None and use.free_bytes > self._reserve_bytes + BALLAST_BYTES:
            self._disk.take_ballast()
        if is_short(use, self._reserve_bytes):
            self._act(self._decide(use))

    def report(self) -> DiskReport:
        """What the heartbeat says of the disk."""
        use = self._disk.use()
        reports = [camera.report() for camera in self._cameras.values()]
        bytes_per_s = sum(report.bitrate_bps for report in reports) / 8
        return DiskReport(
            free_bytes=0 if use is None else use.free_bytes,
            seconds_left=seconds_left(use, self._reserve_bytes, bytes_per_s),
            is_failed=use is None or any(r.trouble == "disk_failed" for r in reports),
        )

    def _decide(self, use: DiskUse) -> Eviction:
        """Of a camera that is no longer configured only what the archive has may go.

        Of the rest nobody could state the gap.
        """
        stored = self._stock.oldest_segments(ObjectState.STORED, _CANDIDATES)
        unstored = self._stock.oldest_segments(
            ObjectState.SEALED, _CANDIDATES, cameras=self._cameras
        )
        return decide_eviction(use, self._reserve_bytes, stored, unstored)

    def _act(self, eviction: Eviction) -> None:
        if eviction.stored:
            evict_stored(eviction.stored, self._stock, self._reached)
            log.info("footage.evicted", segments=len(eviction.stored))
        if eviction.unstored:
            self._disk.drop_ballast()
            for stocked in eviction.unstored:
                self._cameras[stocked.camera_id].forfeit(stocked, GapCause.EVICTED)

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (DiskError, StockError) as error:
            log.warning("disk.room_not_kept", error=str(error))
