"""One camera's decoder, and what it makes of a keyframe. Imports OpenCV: see `Probe`."""

from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext

from core.errors import DamagedError
from core.wire.heartbeat import Picture
from recorder.picture import PictureJudge
from recorder.picture_figures import PictureFigures
from recorder.still import still_of
from recorder.tap import AccessUnit

_SMALLEST = 16


class KeyframeError(DamagedError):
    """A keyframe that gives no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen in one keyframe."""

    jpeg: bytes
    picture: Picture


class KeyframeEye:
    """Decodes one camera's keyframes, keeping the decoder from one to the next.

    One thread, one picture at a time: OpenCV and libavcodec are told to start no others.
    """

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._decoder: VideoCodecContext | None = None
        self._figures = PictureFigures()
        self._judge = PictureJudge()

    def see(self, unit: AccessUnit) -> Sight:
        """Decode a keyframe and judge the picture by it and by those before.

        Raises:
            KeyframeError: It gives no picture; the next begins with a new decoder.
        """
        try:
            frame = self._decoded(unit)
            luma = np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
            measured = self._figures.measure(luma, unit.arrival_monotonic_s)
            return Sight(jpeg=still_of(frame), picture=self._judge.judge(measured))
        except (av.FFmpegError, cv2.error, ValueError) as error:
            self._decoder = None
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
        if self._decoder is None or self._decoder.name != codec:
            decoder = av.CodecContext.create(codec, "r")
            if not isinstance(decoder, VideoCodecContext):
                raise ValueError("not a video codec")
            decoder.thread_count = 1
            self._decoder = decoder
        return self._decoder
