"""Everything a station records: its cameras, their disk and their stock."""

import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import Clock
from core.wire.heartbeat import DiskReport
from recorder.camera import Camera, CameraPlan, Surroundings
from recorder.clock_state import ReadClockState, unknown_clock_state
from recorder.disk.spool_disk import SpoolDisk
from recorder.disk_keeper import DiskKeeper
from recorder.lasting_thread import lasting_thread
from recorder.steps import Reached, go_on
from recorder.stock.stock import Stock

DEFAULT_RESERVE_BYTES = 2**30


class Recording:
    """A station's record path, from `start` to `stop`. It needs no network and no loop.

    Args:
        spool: Where footage, journals and the stock lie; made if need be.
        device_id: Who signs.
        key: The device's.
        plans: The cameras.
        clock: Time.
        read_clock_state: What is known of the device's clock; asked once a second a camera.
        reserve_bytes: Room to keep free on the disk.
        reached: Told of each durable step; for tests.

    A spool that cannot be used is no reason not to begin: it is reported as failed and tried
    again for ever, and what the cameras send until then is a gap.
    """

    def __init__(
        self,
        *,
        spool: Path,
        device_id: UUID,
        key: Ed25519PrivateKey,
        plans: Sequence[CameraPlan],
        clock: Clock,
        read_clock_state: ReadClockState = unknown_clock_state,
        reserve_bytes: int = DEFAULT_RESERVE_BYTES,
        reached: Reached = go_on,
    ) -> None:
        spool = spool.absolute()
        disk = SpoolDisk(spool, device_id)
        self._clock = clock
        self._stopping = threading.Event()
        self.stock = Stock(spool)
        around = Surroundings(
            spool=spool,
            stock=self.stock,
            claim_disk=disk.claim,
            device_id=device_id,
            key=key,
            clock=clock,
            read_clock_state=read_clock_state,
            reached=reached,
        )
        self.cameras: dict[UUID, Camera] = {plan.camera_id: Camera(plan, around) for plan in plans}
        self._keeper = DiskKeeper(
            disk=disk,
            stock=self.stock,
            cameras=self.cameras,
            reserve_bytes=reserve_bytes,
            stopping=self._stopping,
            reached=reached,
        )
        self._thread = lasting_thread("disk-keeper", self._keeper.run, self._stopping)

    def start(self) -> None:
        """Begin to record all cameras. Returns at once."""
        for camera in self.cameras.values():
            camera.start()
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End on purpose: close and state all that is open.

        Args:
            timeout_s: For all cameras together.

        Returns:
            Whether all of it was done in time; what was not, the next start recovers.
        """
        self._stopping.set()
        for camera in self.cameras.values():
            camera.ask_stop()
        until_s = self._clock.monotonic_s() + timeout_s
        joined = [
            camera.join(max(0.0, until_s - self._clock.monotonic_s()))
            for camera in self.cameras.values()
        ]
        self._thread.join(max(0.1, until_s - self._clock.monotonic_s()))
        if all(joined):
            self.stock.close()
        return all(joined)

    def disk_report(self) -> DiskReport:
        """What the heartbeat says of the disk."""
        return self._keeper.report()
