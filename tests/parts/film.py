"""Real footage cut to a length, without encoding it anew."""

import math
import subprocess
from itertools import islice
from pathlib import Path

import av
import imageio_ffmpeg

from tests.parts.spool_reader import Picture, pictures_of

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
WALK = Path(__file__).parents[3] / "shared" / "data" / "walk-by-table.mp4"
_WALK_S = 139


def make_film(path: Path, seconds: int) -> Path:
    """`walk-by-table.mp4`, played again and again up to a length."""
    again = math.ceil(seconds / _WALK_S) - 1
    source = ["-stream_loop", str(again), "-i", str(WALK), "-t", str(seconds)]
    return _made(path, [*source, "-c", "copy"])


def encode_film(path: Path, *options: str) -> Path:
    """Whatever these options of ffmpeg say."""
    return _made(path, list(options))


def repeat_film(path: Path, film: Path, times: int) -> Path:
    """The same again and again, as one long film."""
    return _made(path, ["-stream_loop", str(times - 1), "-i", str(film), "-c", "copy"])


def film_pictures(path: Path, at_most: int | None = None) -> list[Picture]:
    """The first ones, or all."""
    with av.open(str(path)) as container:
        return list(islice(pictures_of(container), at_most))


def _made(path: Path, options: list[str]) -> Path:
    command = [FFMPEG, "-v", "error", "-y", *options, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path
