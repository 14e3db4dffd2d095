"""A sealed file, opened and read in threads, let go of from the event loop without a wait."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader

from core.errors import DamagedError, NotFoundError
from recorder.disk.files import disk_errors
from recorder.disk.layout import journal_directory
from recorder.errors import DiskError, DiskFailedError
from recorder.stock.stocked import StockedObject


class FileVanishedError(NotFoundError):
    """The object's file is not on this disk any more."""


class FileChangedError(DamagedError):
    """The object's file has not the size that its entry states. Sending it would be in vain."""


class SealedFile:
    """One object's file. A disk may hang in `open` and `read`; `close` never waits for it.

    Args:
        stocked: Whose.
    """

    def __init__(self, stocked: StockedObject) -> None:
        self._stocked = stocked
        self._file: BufferedReader | None = None
        self._lock = threading.Lock()
        self._is_busy = self._is_closed = False

    def open(self) -> None:
        """Open it, before anything is sent.

        Raises:
            FileVanishedError, FileChangedError: It cannot be what was announced.
            DiskError: The disk does not give it, or is not there at all.
        """
        with self._in_thread():
            self._file = _opened(self._stocked)

    def read(self, size_bytes: int) -> bytes:
        """The next bytes; none at the end.

        Raises:
            DiskError: The disk does not give them.
        """
        with self._in_thread(), disk_errors():
            return b"" if self._file is None else self._file.read(size_bytes)

    def close(self) -> None:
        """Let go of it now, or as soon as the thread that is in the disk comes back."""
        with self._lock:
            self._is_closed = True
            if not self._is_busy:
                self._let_go()

    @contextmanager
    def _in_thread(self) -> Iterator[None]:
        with self._lock:
            self._is_busy = True
        try:
            yield
        finally:
            with self._lock:
                self._is_busy = False
                if self._is_closed:
                    self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


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
    found_bytes = os.fstat(file.fileno()).st_size
    if found_bytes != stocked.size_bytes:
        file.close()
        raise FileChangedError(
            f"{path.name} has {found_bytes} bytes; {stocked.size_bytes} were sealed"
        )
    return file
