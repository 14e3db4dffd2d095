"""Whether a run can begin with a picture: whether anybody could ever play it."""

import av
from av.video.codeccontext import VideoCodecContext

from recorder.heap import give_back


def decodes_alone(picture: bytes, sets: bytes, codec: str) -> bool:
    """Whether a decoder that knows nothing else makes a whole picture of it.

    The one place of the record path that decodes, once a run: packets of noise have the same
    form as video, and libavformat takes some of them for keyframes. It costs some milliseconds.

    Args:
        picture: An access unit, Annex B.
        sets: The parameter sets in force, Annex B.
        codec: `h264` or `hevc`.
    """
    try:
        return _decodes(sets + picture, codec)
    finally:
        give_back()  # a decoder and its picture take some MiB; sixteen cameras would keep them


def _decodes(data: bytes, codec: str) -> bool:
    decoder = av.CodecContext.create(codec, "r")
    if not isinstance(decoder, VideoCodecContext):
        return False
    decoder.thread_count = 1
    decoder.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
    try:
        frames = decoder.decode(av.Packet(data)) or decoder.decode(None)
    except av.FFmpegError:
        return False
    return bool(frames)
