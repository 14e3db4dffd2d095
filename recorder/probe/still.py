"""Makes the small JPEG that people see of a keyframe."""

import av
import cv2

WIDTH_MAX = 640
BYTES_MAX = 64 * 1024
"""What the centre takes; see `docs/design/house.md` 3.1."""
_QUALITIES = (80, 65, 50, 35, 20)


def still_of(frame: av.VideoFrame) -> bytes:
    """A JPEG of at most `WIDTH_MAX` and `BYTES_MAX`; quality falls, then size, until it fits."""
    width = min(WIDTH_MAX, frame.width)
    while True:
        jpeg = _best_that_fits(frame, width)
        if jpeg is not None:
            return jpeg
        width //= 2


def _best_that_fits(frame: av.VideoFrame, width: int) -> bytes | None:
    height = max(1, round(frame.height * width / frame.width))
    picture = frame.reformat(width=width, height=height, format="bgr24").to_ndarray()
    for quality in _QUALITIES:
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if jpeg.size <= BYTES_MAX:
            return jpeg.tobytes()
    return None
