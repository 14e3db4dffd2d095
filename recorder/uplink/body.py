"""A file on its way out: read in a thread, in pieces, each when the throttle says so."""

import asyncio
import os
from collections.abc import AsyncGenerator
from io import BufferedReader

from core.errors import DamagedError, NotFoundError
from recorder.errors import DiskError, DiskFailedError
from recorder.files import disk_errors
from recorder.layout import journal_directory
from recorder.stocked import StockedObject
from recorder.uplink.throttle import Throttle

_READ_BYTES = 64 * 1024


class FileVanishedError(NotFoundError):
    """The object's file is not on this disk any more."""


class FileChangedError(DamagedError):
    """The object's file has not the size that its entry states. Sending it would be in vain."""


class Body:
    """One object's bytes, opened before anything is sent.

    Reading happens in threads: a slow disk must not hold up heartbeats.

    Args:
        file: Opened by `open_body`.
        throttle: Says when.
    """

    def __init__(self, file: BufferedReader, throttle: Throttle) -> None:
        self._file = file
        self._throttle = throttle

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """All of it, once, at the throttle's pace.

        Raises:
            DiskError: The disk does not give it.
        """
        while block := await asyncio.to_thread(self._read):
            while block:
                size_bytes = self._throttle.pace.piece_bytes
                piece, block = block[:size_bytes], block[size_bytes:]
                await self._throttle.turn(len(piece))
                yield piece

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _read(self) -> bytes:
        with disk_errors():
            return self._file.read(_READ_BYTES)


async def open_body(stocked: StockedObject, throttle: Throttle) -> Body:
    """Open an object's file.

    Raises:
        FileVanishedError, FileChangedError: It cannot be what was announced.
        DiskError: The disk does not give it, or is not there at all.
    """
    file = await asyncio.to_thread(_opened, stocked)
    return Body(file, throttle)


def _opened(stocked: StockedObject) -> BufferedReader:
    path = stocked.path
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        # Everything vanishes when the disk does: then nothing is lost yet.
        if not journal_directory(path.parents[2], stocked.camera_id).is_dir():
            raise DiskFailedError("the recording disk is not there") from error
        raise FileVanishedError(f"{path.name} is gone") from error
    except OSError as error:
        raise DiskError.of(error) from error
    found_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    if found_bytes != stocked.size_bytes:
        file.close()
        raise FileChangedError(
            f"{path.name} has {found_bytes} bytes; {stocked.size_bytes} were sealed"
        )
    return file
