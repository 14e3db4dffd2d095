"""A film in the shape of a station's live stream."""

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg

from tests.stage.footage import FOOTAGE_DIR

FPS = 25
GOP = 100
LENGTH_S = 20


def live_film(path: Path) -> Path:
    """Write the film: real footage where it is at hand, a moving test picture elsewhere."""
    footage = FOOTAGE_DIR / "walk-by-table.mp4"
    given = ["-i", str(footage)] if footage.is_file() else ["-f", "lavfi", "-i", "testsrc2"]
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *given, "-t", str(LENGTH_S),
        "-an", "-vf", f"scale=640:360,fps={FPS}", "-c:v", "libx264", "-preset", "ultrafast",
        "-profile:v", "baseline", "-bf", "0", "-g", str(GOP), "-keyint_min", str(GOP),
        "-sc_threshold", "0", "-b:v", "1M", "-pix_fmt", "yuv420p", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return path


def is_unbroken(seen: list[str], film: list[str]) -> bool:
    """Whether digests are those of a film that plays over and over, with nothing left out."""
    begin = film.index(seen[0])
    return all(one == film[(begin + n) % len(film)] for n, one in enumerate(seen))


def pictures_of(path: Path) -> list[bytes]:
    """The film's encoded pictures as Annex B, in order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annex_b = av.BitStreamFilterContext("h264_mp4toannexb", stream)
        packets = (p for p in container.demux(stream) if p.size)
        return [bytes(out) for packet in packets for out in annex_b.filter(packet)]
