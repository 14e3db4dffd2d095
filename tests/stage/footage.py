"""A short film for the stage: CMAF pieces to record, pictures to send."""

import subprocess
from dataclasses import dataclass
from functools import cache
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg

from recorder.sources.pattern import read_pattern
from recorder.sources.test_pattern import pattern_command

FOOTAGE_DIR = Path(
    environ.get("POLLCAM_TEST_FOOTAGE", Path(__file__).parents[3] / "shared" / "data")
)
PIECE_S = 10.0
_PIECES = 13
_KEYFRAMES = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-g", "20", "-bf", "0"]


@dataclass(frozen=True, kw_only=True)
class Film:
    """One run: its init and pieces of `PIECE_S` each, cut on keyframes."""

    init: bytes
    pieces: tuple[bytes, ...]


@cache
def film() -> Film:
    """The footage where it is at hand, a moving test picture elsewhere."""
    source = FOOTAGE_DIR / "walk-by-table.mp4"
    given = ["-i", str(source)] if source.is_file() else ["-f", "lavfi", "-i", "testsrc2=rate=10"]
    with TemporaryDirectory() as folder:
        _ffmpeg(
            *given, "-t", str(_PIECES * PIECE_S), "-an", *_KEYFRAMES,
            "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-vf", "scale=768:432",
            "-f", "hls", "-hls_time", str(PIECE_S), "-hls_segment_type", "fmp4",
            "-hls_list_size", "0", "-hls_fmp4_init_filename", "init.mp4",
            "-hls_segment_filename", f"{folder}/%03d.m4s", f"{folder}/list.m3u8",
        )  # fmt: skip
        pieces = sorted(Path(folder).glob("*.m4s"))
        return Film(
            init=(Path(folder) / "init.mp4").read_bytes(),
            pieces=tuple(piece.read_bytes() for piece in pieces),
        )


@cache
def still(name: str) -> bytes:
    """A JPEG: `hall`, `classroom` or `covered`."""
    hall, classroom = FOOTAGE_DIR / "walk-by-table.mp4", FOOTAGE_DIR / "classroom.gif"
    has_footage = hall.is_file() and classroom.is_file()
    given = {
        "hall": ["-ss", "12", "-i", str(hall)],
        "classroom": ["-i", str(classroom)],
        "covered": ["-f", "lavfi", "-i", "color=c=0x1a1512:size=640x360"],
    }[name]
    if name != "covered" and not has_footage:
        return _simulated(name)
    scaled = ["-frames:v", "1", "-vf", "scale=640:360", "-q:v", "8", "-f", "mjpeg", "-"]
    return _ffmpeg(*given, *scaled)


def _simulated(name: str) -> bytes:
    """What a simulated camera of that name shows when it begins."""
    child = subprocess.Popen(
        pattern_command(read_pattern(f"{name}?size=640x360")), stdout=subprocess.PIPE
    )
    first = ["-i", "pipe:0", "-frames:v", "1", "-q:v", "6", "-f", "mjpeg", "-"]
    try:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *first]
        return subprocess.run(command, check=True, stdin=child.stdout, capture_output=True).stdout
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _ffmpeg(*arguments: str) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return done.stdout
