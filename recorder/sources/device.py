"""USB cameras, encoded by an ffmpeg child."""

import ffmpeg
import imageio_ffmpeg

_FPS = 25
_GOP_S = 2
_KBPS = 2000


def device_command(path: str, input_format: str = "v4l2") -> list[str]:
    """The child that encodes a camera of this machine.

    Args:
        path: The device; best by `/dev/v4l/by-id/`, for numbers change when plugs do.
        input_format: libavdevice's name; `lavfi` takes a filter graph in place of a path and
            lets the same child be tried where no camera is.
    """
    device = {"format": input_format, "thread_queue_size": 8}
    if input_format == "v4l2":
        device["framerate"] = _FPS
    encoded = ffmpeg.input(path, **device).output(
        "pipe:1",
        format="nut",
        an=None,
        vcodec="libx264",
        preset="veryfast",
        tune="zerolatency",
        pix_fmt="yuv420p",
        r=_FPS,
        g=_FPS * _GOP_S,
        video_bitrate=f"{_KBPS}k",
        maxrate=f"{_KBPS}k",
        bufsize=f"{2 * _KBPS}k",
        flush_packets=1,
    )
    quiet = encoded.global_args("-nostdin", "-nostats", "-loglevel", "error")
    return list(ffmpeg.compile(quiet, cmd=imageio_ffmpeg.get_ffmpeg_exe()))
