"""Simulated cameras: an ffmpeg child draws a room with people, a clock and readable rows.

The clock is the machine's when a picture is made, immediately before it is encoded: the picture
waits for its turn first (`realtime`), takes the wall clock as its time, and is drawn by that. So
the clock that people read and the one that programs read are the same to the millisecond.
"""

from importlib.resources import files

import ffmpeg
import imageio_ffmpeg

from recorder.sources.burnt_in import COLUMNS, ROWS, block_expression, strip_height
from recorder.sources.pattern import Pattern
from recorder.sources.scene import Stream, room, with_people

_FONT = str(files("recorder.sources") / "fonts" / "DejaVuSansMono.ttf")
"""Ours, because a small machine has none."""
_CLOCK = (
    r"%{pts:gmtime:0:%Y-%m-%d %H\:%M\:%S}"
    r".%{eif:mod(floor(t*1000+0.0005),1000):d:3} UTC"
)
_LATE_S = 1
"""A child that is behind by more leaves pictures out, as a camera would, and catches up no more."""


def pattern_command(pattern: Pattern) -> list[str]:
    """The child that makes this camera's stream."""
    picture = _with_rows(_with_clock(with_people(_paced(pattern), pattern), pattern), pattern)
    encoded = _with_steady_time(picture, pattern).output(
        "pipe:1",
        format="nut",
        vcodec="libx264",
        preset="ultrafast",
        tune="zerolatency",
        pix_fmt="yuv420p",
        g=pattern.gop,
        keyint_min=pattern.gop,
        sc_threshold=0,
        threads=1,
        video_bitrate=f"{pattern.kbps}k",
        maxrate=f"{pattern.kbps}k",
        bufsize=f"{pattern.kbps}k",
        flush_packets=1,
        fps_mode="passthrough",
        **{"profile:v": "baseline"},
    )
    quiet = encoded.global_args(
        "-nostdin", "-nostats", "-loglevel", "error", "-filter_complex_threads", "1"
    )
    return list(ffmpeg.compile(quiet, cmd=imageio_ffmpeg.get_ffmpeg_exe()))


def _paced(pattern: Pattern) -> Stream:
    """The room again and again, each time when it is due, with the wall clock as its time."""
    still = _written(room(pattern), pattern, 0, text=pattern.name, expansion="none")
    endless = still.filter("loop", loop=-1, size=1).filter("setpts", f"N/({pattern.fps}*TB)")
    return (
        endless.filter("realtime", limit=_LATE_S)
        .filter("settb", "1/1000000")
        .filter("setpts", "RTCTIME")
    )


def _with_clock(picture: Stream, pattern: Pattern) -> Stream:
    return _written(picture, pattern, 1, text=_CLOCK)


def _written(picture: Stream, pattern: Pattern, line: int, **text: str) -> Stream:
    size = max(10, pattern.height // 20)
    return picture.filter(
        "drawtext",
        fontfile=_FONT,
        fontsize=size,
        fontcolor="white",
        box=1,
        boxcolor="black@0.6",
        boxborderw=size // 4,
        x=size // 2,
        y=size // 2 + line * size * 3 // 2,
        **text,
    )


def _with_rows(picture: Stream, pattern: Pattern) -> Stream:
    """Draw the rows small, a pixel for a block, and lay them enlarged over the bottom."""
    both = picture.filter_multi_output("split", 2)
    small = both.stream(1).filter("crop", COLUMNS, ROWS, 0, 0)
    rows = (
        small.filter("geq", lum=block_expression(), cb=128, cr=128)
        .filter("scale", pattern.width, strip_height(pattern.height), flags="neighbor")
        .filter("format", "yuv420p")
    )
    return both.stream(0).overlay(rows, x=0, y="H-h", format="yuv420", eof_action="endall")


def _with_steady_time(picture: Stream, pattern: Pattern) -> Stream:
    """Number the pictures by their rate, as a camera's clock does, while they keep to it.

    What counts is the time they show: when they come this far says how busy the machine is.
    """
    due, after = "PTS-STARTPTS", "PREV_OUTPTS+1"
    late = f"{due}-({after})"
    number = f"if(lt(abs({late}),{_LATE_S * pattern.fps}),{after},max({after},{due}))"
    return picture.filter("settb", f"1/{pattern.fps}").filter(
        "setpts", f"if(isnan(PREV_OUTPTS),0,{number})"
    )
