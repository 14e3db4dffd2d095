"""Sources that an ffmpeg child makes: USB cameras and test patterns.

A child writes one H.264 or H.265 stream to its standard output, as NUT or MPEG-TS, and is read
like any other source. It dies with its session, and when this process dies: nobody reads its
pipe any more.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator

import av

from core.redact import redacted
from recorder.errors import SourceError, SourceUnreachableError
from recorder.media.packet import MediaPacket
from recorder.sources.av_errors import named
from recorder.sources.session import AvSession

_STOP_WITHIN_S = 1.0
_SAID_BYTES = 4096
OPEN_TIMEOUT_S = 10.0
_LOOK_EVERY_S = 0.2
_OPTIONS = {"analyzeduration": "1", "probesize": "65536"}
"""A live source: no more is read ahead than the first picture."""


class Child:
    """A process whose output is video.

    Args:
        command: Program and arguments.

    Raises:
        SourceUnreachableError: It cannot be started.
    """

    def __init__(self, command: list[str]) -> None:
        self.words = ""
        """Once it is closed: the end of what it said of its troubles, without secrets."""
        self._said, said = os.pipe()
        # What it says may fill this pipe over the weeks; then it is dropped and the child goes on.
        os.set_blocking(said, False)
        os.set_blocking(self._said, False)
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._said)
            raise SourceUnreachableError(f"cannot start {command[0]}: {error.strerror}") from None
        finally:
            os.close(said)

    @property
    def url(self) -> str:
        """Where libavformat reads its output."""
        if self.process.stdout is None:
            raise RuntimeError("the child was started without a pipe")
        return f"pipe:{self.process.stdout.fileno()}"

    def kill(self) -> None:
        """End it at once; from any thread."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def close(self) -> None:
        """End it and give its pipes back."""
        try:
            if self.process.poll() is None:
                self.process.terminate()
            self.process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.words = self._last_words()
        os.close(self._said)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            said = os.read(self._said, _SAID_BYTES)
            lines = said.decode("utf-8", "replace").strip().splitlines()
            return redacted(lines[-1]) if lines else "it said nothing"
        return "it said nothing"


class ChildSession(AvSession):
    """A session with a child; open it by `open_child`."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._is_closed = False
        super().__init__(_opened(child))

    def packets(self) -> Iterator[MediaPacket]:
        """Until the child ends, which is an error: a camera never does."""
        try:
            yield from super().packets()
        except SourceError as error:
            self.close()
            raise type(error)(f"{error}: {self._child.words}") from None

    def abort(self) -> None:
        """Kill the child: whoever reads its pipe sees the end."""
        self._child.kill()

    def close(self) -> None:
        """See `Session.close`."""
        if not self._is_closed:
            self._is_closed = True
            super().close()
            self._child.close()


def open_child(command: list[str], stopping: threading.Event) -> ChildSession:
    """Start a child and open its output.

    Args:
        command: Program and arguments.
        stopping: Set from outside: opening is given up.

    Raises:
        SourceError: It does not start, gives nothing in time, or what it writes is no video.
    """
    child = Child(command)
    try:
        with _killed_unless_done(child, stopping):
            return ChildSession(child)
    except SourceError as error:
        child.close()
        kind = SourceUnreachableError if child.process.returncode else type(error)
        raise kind(f"{error}: {child.words}") from None


@contextlib.contextmanager
def _killed_unless_done(child: Child, stopping: threading.Event) -> Iterator[None]:
    """Nothing but the child's end wakes who reads its pipe."""
    done = threading.Event()

    def watch() -> None:
        for _ in range(round(OPEN_TIMEOUT_S / _LOOK_EVERY_S)):
            if done.wait(_LOOK_EVERY_S):
                return
            if stopping.is_set():
                break
        child.kill()

    watcher = threading.Thread(target=watch, name="child-opening", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _opened(child: Child) -> av.container.InputContainer:
    try:
        return av.open(child.url, options=_OPTIONS)
    except (av.FFmpegError, OSError) as error:
        raise named(error, is_opening=True) from None
