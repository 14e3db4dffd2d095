"""The disk under the spool: whether it is ours, how full it is, and a ballast to throw off."""

import contextlib
import os
import threading
from pathlib import Path
from uuid import UUID

from recorder.disk.files import disk_errors, make_directory, write_new
from recorder.disk.policy import DiskUse
from recorder.errors import DiskFailedError

_MARKER = "pollcam-spool"
_BALLAST = "ballast"
BALLAST_BYTES = 8 * 2**20


class SpoolDisk:
    """The spool's file system.

    A marker with the device's id tells our disk from one that is not mounted or was swapped:
    without it nothing is written and nothing deleted. The ballast is thrown off when others
    have filled the disk to the last block, for even to state a gap takes room.

    Args:
        root: The spool.
        device_id: Whose it must be.

    """

    def __init__(self, root: Path, device_id: UUID) -> None:
        self.root = root
        self._device_id = device_id
        self._claiming = threading.Lock()
        self._was_claimed = False

    def claim(self) -> None:
        """Make sure that it can be used; a new one gets our marker, once. From any thread.

        Raises:
            DiskError: It does not take it, is not there any more, or belongs to another device.
        """
        with self._claiming:
            self._claim()

    def _claim(self) -> None:
        if not self._was_claimed:
            with disk_errors():
                make_directory(self.root)
                with contextlib.suppress(FileExistsError):
                    write_new(self.root / _MARKER, f"{self._device_id}\n".encode())
        if not self.is_ours():
            raise DiskFailedError(f"the spool {self.root} is not this device's, or is gone")
        self._was_claimed = True

    def is_ours(self) -> bool:
        """Whether the marker stands and names this device."""
        try:
            return (self.root / _MARKER).read_text().strip() == str(self._device_id)
        except (OSError, UnicodeDecodeError):
            return False

    def use(self) -> DiskUse | None:
        """How full it is; None when that cannot be known or the disk is not ours."""
        if not self.is_ours():
            return None
        try:
            told = os.statvfs(self.root)
        except OSError:
            return None
        return DiskUse(
            free_bytes=told.f_bavail * told.f_frsize, total_bytes=told.f_blocks * told.f_frsize
        )

    def take_ballast(self) -> None:
        """Take room to give back later; where there is too little, none is taken."""
        path = self.root / _BALLAST
        if path.exists():
            return
        with contextlib.suppress(OSError), path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)

    def drop_ballast(self) -> None:
        """Give the room back: without it no gap can be stated."""
        with contextlib.suppress(OSError):
            (self.root / _BALLAST).unlink(missing_ok=True)
