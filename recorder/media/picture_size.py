"""How large the pictures are that parameter sets announce."""

import av
from av.video.codeccontext import VideoCodecContext

from recorder.media.h264_sps import read_sps
from recorder.media.parameter_sets import nal_kind, nal_units

_H264_SPS = 7


def picture_size(sets: bytes, codec: str) -> tuple[int, int] | None:
    """Width and height; None when the sets do not say.

    A session knows them only if a picture came before its sound, and not after they changed.

    Args:
        sets: Parameter sets, Annex B.
        codec: `h264` or `hevc`.
    """
    return _h264_size(sets) if codec == "h264" else _hevc_size(sets)


def _h264_size(sets: bytes) -> tuple[int, int] | None:
    for unit in nal_units(sets):
        if nal_kind(unit, "h264") == _H264_SPS:
            try:
                sps = read_sps(unit)
            except ValueError:
                return None
            return sps.width, sps.height
    return None


def _hevc_size(sets: bytes) -> tuple[int, int] | None:
    """From libavcodec, whose decoder reads the sets when it is opened; nothing is decoded."""
    decoder = av.CodecContext.create("hevc", "r")
    if not isinstance(decoder, VideoCodecContext):
        return None
    decoder.thread_count = 1
    decoder.extradata = sets
    try:
        decoder.open()
    except av.FFmpegError:
        return None
    return (decoder.width, decoder.height) if decoder.width else None
