"""Recorded footage played as if a camera sent it."""

import threading
from collections.abc import Iterator

import av

from core.clock import Clock
from recorder.media.packet import MediaPacket
from recorder.sources.address import SourceAddress
from recorder.sources.av_errors import named
from recorder.sources.session import AvSession


class Pace:
    """Lets a file's pictures through when a camera would have sent them.

    Args:
        clock: Its monotonic time paces.
        stopping: Set from outside: waits end at once.
    """

    def __init__(self, clock: Clock, stopping: threading.Event) -> None:
        self._clock = clock
        self._stopping = stopping
        self._zero_s: float | None = None

    def __call__(self, media_s: float) -> None:
        """Wait until the picture of this time is due."""
        now_s = self._clock.monotonic_s()
        if self._zero_s is None:
            self._zero_s = now_s - media_s
        self._stopping.wait(max(0.0, self._zero_s + media_s - now_s))


class FileSession(AvSession):
    """A file's session that ends when the agent stops."""

    def __init__(self, address: SourceAddress, clock: Clock, stopping: threading.Event) -> None:
        self._stopping = stopping
        container = _opened(address.location)
        super().__init__(
            container,
            wants_sound=address.has_sound,
            pace=Pace(clock, stopping),
            may_end=True,
            is_annexb=container.format.name not in _LENGTH_PREFIXED,
        )

    def packets(self) -> Iterator[MediaPacket]:
        """Ends with the file, or when the agent stops."""
        for packet in super().packets():
            if self._stopping.is_set():
                return
            yield packet


_LENGTH_PREFIXED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "flv"})


def _opened(path: str) -> av.container.InputContainer:
    try:
        return av.open(path)
    except (av.FFmpegError, OSError) as error:
        raise named(error, is_opening=True) from None
