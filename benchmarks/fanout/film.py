"""What every engine carries: 1.5 Mbit/s, 25 pictures a second, 1280 x 720, no B-pictures."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

FPS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """The same packets in two boxes."""

    mp4: Path
    ts: Path
    """For readers that want start codes; many rounds of it, for those that cannot go round."""


def make_film(directory: Path, duration_s: int, kbps: int = 1500, gop_s: int = 2) -> Film:
    """Encode it, one slice a picture, as cameras do."""
    film = Film(mp4=directory / "film.mp4", ts=directory / "film.ts")
    _ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={FPS},noise=alls=12:allf=t",
        "-t", str(duration_s), "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline",
        "-x264-params", f"keyint={FPS * gop_s}:min-keyint={FPS * gop_s}:scenecut=0:threads=1",
        "-pix_fmt", "yuv420p", "-b:v", f"{kbps}k", "-maxrate", f"{kbps}k",
        "-bufsize", f"{kbps}k", str(film.mp4),
    )  # fmt: skip
    _ffmpeg("-stream_loop", "40", "-i", str(film.mp4), "-c", "copy", str(film.ts))
    return film


def publish(film: Film, *target: str) -> subprocess.Popen[bytes]:
    """Send it in real time and over and over, as ffmpeg's own arguments say where to."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re", "-stream_loop", "-1",
        "-i", str(film.mp4), "-c", "copy", *target,
    ]  # fmt: skip
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _ffmpeg(*arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
