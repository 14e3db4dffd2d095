"""What is made of a camera's keyframes: a small JPEG and a word. Imports OpenCV: see `Probe`."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.wire.heartbeat import Picture
from recorder.probe.keyframe_decoder import KeyframeDecoder, KeyframeError
from recorder.probe.picture import PictureJudge
from recorder.probe.picture_figures import PictureFigures
from recorder.probe.still import still_of
from recorder.taps.tap import AccessUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen in one keyframe."""

    jpeg: bytes
    picture: Picture


class KeyframeEye:
    """Looks at one camera's keyframes in the order in which they came.

    Args:
        decoder: Shared by the cameras of a station.
    """

    def __init__(self, decoder: KeyframeDecoder) -> None:
        cv2.setNumThreads(1)  # nothing here is worth a second core
        self._decoder = decoder
        self._figures = PictureFigures()
        self._judge = PictureJudge()

    def see(self, unit: AccessUnit) -> Sight:
        """Decode a keyframe and judge the picture by it and by those before.

        Raises:
            KeyframeError: It gives no picture.
        """
        frame = self._decoder.decode(unit)
        try:
            luma = np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
            measured = self._figures.measure(luma, unit.arrival_monotonic_s)
            return Sight(jpeg=still_of(frame), picture=self._judge.judge(measured))
        except (cv2.error, ValueError) as error:
            raise KeyframeError(f"a picture cannot be judged: {type(error).__name__}") from error
