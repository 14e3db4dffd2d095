"""One open session with a source: its streams and its packets."""

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Protocol

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from recorder.errors import SourceGarbageError, SourceUnreachableError
from recorder.media.packet import MediaPacket
from recorder.media.parameter_sets import parameter_sets
from recorder.media.sound import RECORDED_SOUND
from recorder.sources.av_errors import named

RECORDED_CODECS = ("h264", "hevc")


class Session(Protocol):
    """What every kind of source opens. Used by one thread, but for `abort`."""

    video: VideoStream
    sound: AudioStream | None
    time_base: Fraction
    """Of the video's packets."""
    extradata: bytes
    """Parameter sets as the session announced them, Annex B; may be empty."""
    keeps_unread: bool
    """Whether what is not read for half a second waits without loss, as TCP lets it."""

    def packets(self) -> Iterator[MediaPacket]:
        """Packets of both streams as they come, video as Annex B; empty ones mean nothing.

        Raises:
            SourceError: The session is over. A session that ends well just stops.
        """
        ...

    def abort(self) -> None:
        """From another thread: make a read that waits end soon, if that can be done."""
        ...

    def close(self) -> None:
        """Give everything back. Twice is fine."""
        ...


class AvSession:
    """A session on a container that libavformat opened.

    Args:
        container: Open; closed with the session.
        wants_sound: Whether to read its sound too, when there is any of a recorded kind.
        pace: Called before each picture with its decode time in seconds; a source that is not
            live waits there.
        is_annexb: Whether packets are Annex B as they come; else they are converted.
        may_end: Whether an end is nothing wrong; a camera has none.
        keeps_unread: See `Session`.

    Raises:
        SourceGarbageError: There is no video of a kind this project records.
    """

    def __init__(
        self,
        container: InputContainer,
        *,
        wants_sound: bool = False,
        pace: Callable[[float], None] | None = None,
        is_annexb: bool = True,
        may_end: bool = False,
        keeps_unread: bool = False,
    ) -> None:
        self._container = container
        self.keeps_unread = keeps_unread
        self.video = _video_of(container)
        self.time_base = Fraction(self.video.time_base or Fraction(1, 90000))
        self.sound = _sound_of(container) if wants_sound else None
        self._pace = pace
        self._may_end = may_end
        self._filter = None if is_annexb else _annexb_filter(self.video)
        extradata = self.video.codec_context.extradata or b""
        self.extradata = parameter_sets(extradata, self.video.codec_context.name)

    def packets(self) -> Iterator[MediaPacket]:
        """See `Session.packets`."""
        streams = [self.video] if self.sound is None else [self.video, self.sound]
        is_live = self._pace is None and self._filter is None
        try:
            packets = self._container.demux(streams)
            yield from packets if is_live else self._played(packets)
        except (av.FFmpegError, OSError) as error:
            raise named(error) from None
        if not self._may_end:
            raise SourceUnreachableError("the camera ended the session")

    def _played(self, packets: Iterator[MediaPacket]) -> Iterator[MediaPacket]:
        for packet in packets:
            if packet.size == 0 or packet.stream_index != self.video.index:
                yield packet
                continue
            if self._pace is not None and packet.dts is not None:
                self._pace(float(packet.dts * self.time_base))
            yield from self._converted(packet)

    def _converted(self, packet: MediaPacket) -> Iterator[MediaPacket]:
        if self._filter is None:
            yield packet
            return
        for converted in self._filter.filter(packet):
            converted.time_base = self.time_base
            yield converted

    def abort(self) -> None:
        """Nothing to do: reads of this container have their own time limit."""

    def close(self) -> None:
        """See `Session.close`."""
        with contextlib.suppress(av.FFmpegError, OSError):
            self._container.close()


def _video_of(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if stream.codec_context.name in RECORDED_CODECS:
            return stream
    kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
    raise SourceGarbageError(f"the source has no H.264 or H.265 video, but {kinds}")


def _sound_of(container: InputContainer) -> AudioStream | None:
    known = [s for s in container.streams.audio if s.codec_context.name in RECORDED_SOUND]
    return min(known, key=lambda s: s.codec_context.name != "aac", default=None)


def _annexb_filter(video: VideoStream) -> av.BitStreamFilterContext:
    return av.BitStreamFilterContext(f"{video.codec_context.name}_mp4toannexb", video)
