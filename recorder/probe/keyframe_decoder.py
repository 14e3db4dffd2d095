"""Decodes single keyframes: one decoder for all cameras, for each brings its parameter sets."""

import av
from av.video.codeccontext import VideoCodecContext

from core.errors import DamagedError
from recorder.taps.tap import AccessUnit

_SMALLEST = 16


class KeyframeError(DamagedError):
    """A keyframe that gives no picture."""


class KeyframeDecoder:
    """Kept from one keyframe to the next; a codec's is begun anew after an error.

    A decoder holds some pictures' worth of memory, 3 MiB at 1920 × 1080: cameras share it. It
    works in the thread that asks, and in no other.
    """

    def __init__(self) -> None:
        self._by_codec: dict[str, VideoCodecContext] = {}

    def decode(self, unit: AccessUnit) -> av.VideoFrame:
        """The picture of a keyframe.

        Raises:
            KeyframeError: There is none in it.
        """
        try:
            return self._decoded(unit)
        except (av.FFmpegError, ValueError) as error:
            self._by_codec.pop(unit.codec, None)
            raise KeyframeError(f"a keyframe gives no picture: {type(error).__name__}") from error

    def _decoded(self, unit: AccessUnit) -> av.VideoFrame:
        decoder = self._decoder_for(unit.codec)
        # Drained at once: the decoder may hold a picture back until it knows what follows.
        frames = [*decoder.decode(av.Packet(unit.data)), *decoder.decode(None)]
        decoder.flush_buffers()
        if not frames or min(frames[0].width, frames[0].height) < _SMALLEST:
            raise ValueError("no picture")
        return frames[0]

    def _decoder_for(self, codec: str) -> VideoCodecContext:
        if codec not in self._by_codec:
            decoder = av.CodecContext.create(codec, "r")
            if not isinstance(decoder, VideoCodecContext):
                raise ValueError("not a video codec")
            decoder.thread_count = 1
            self._by_codec[codec] = decoder
        return self._by_codec[codec]
