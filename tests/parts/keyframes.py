"""Keyframes as a camera sends them, of pictures drawn here."""

from fractions import Fraction

import av
import numpy as np

from recorder.taps.tap import AccessUnit

_ENCODERS = {
    "h264": ("libx264", {"x264-params": "repeat-headers=1:keyint=1", "tune": "zerolatency"}),
    "hevc": ("libx265", {"x265-params": "repeat-headers=1:keyint=1:log-level=none"}),
}


def keyframe(luma: np.ndarray, codec: str = "h264") -> bytes:
    """One picture as Annex B with its parameter sets; sides are even numbers."""
    name, options = _ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    encoder.height, encoder.width = luma.shape
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
    encoder.options = {"preset": "ultrafast", "crf": "23", **options}
    frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format="yuv420p")
    frame.pts = 0
    return b"".join(bytes(p) for p in [*encoder.encode(frame), *encoder.encode(None)])


def as_unit(data: bytes, number: int, at_s: float, codec: str = "h264") -> AccessUnit:
    """As the capture thread hands it to taps."""
    return AccessUnit(
        number=number,
        data=data,
        pts=number * 3600,
        time_base=Fraction(1, 90000),
        is_keyframe=True,
        arrival_monotonic_s=at_s,
        codec=codec,
    )
