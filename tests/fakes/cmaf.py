"""Real encoded footage in the form a station keeps it: an init and segments of fragments."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
_FLAGS = "empty_moov+default_base_moof+frag_keyframe"


@dataclass(frozen=True, kw_only=True)
class Footage:
    """One run."""

    path: Path
    """The run as one fragmented MP4."""
    init: bytes
    segments: tuple[bytes, ...]
    seconds: tuple[float, ...]
    frames: tuple[int, ...]


def encode(
    folder: Path,
    *,
    seconds: int = 6,
    fps: int = 10,
    size: str = "320x240",
    has_b_frames: bool = True,
    has_sound: bool = False,
    segment_s: int = 2,
    flags: str = _FLAGS,
) -> Footage:
    """Encode a test picture with a keyframe each second, and cut it into segments."""
    path = folder / f"{fps}-{size}-{has_b_frames}-{has_sound}-{len(list(folder.iterdir()))}.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if has_sound else []
    video = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", str(fps)]
    video += ["-bf", "2" if has_b_frames else "0"]
    audio = ["-c:a", "aac", "-b:a", "64k"] if has_sound else []
    subprocess.run(
        [FFMPEG, "-v", "error", *picture, *sound, *video, *audio, "-movflags", flags, str(path)],
        check=True,
        capture_output=True,
    )
    return _cut(path, seconds, segment_s, fps)


def _cut(path: Path, seconds: int, segment_s: int, fps: int) -> Footage:
    boxes = list(_boxes(path.read_bytes()))
    init = b"".join(data for kind, data in boxes if kind in (b"ftyp", b"moov"))
    pieces = [data for kind, data in boxes if kind in (b"moof", b"mdat")]
    fragments = [pieces[n] + pieces[n + 1] for n in range(0, len(pieces), 2)]
    # A fragment begins with each keyframe, once a second; sound may leave a tail behind them.
    starts = range(0, seconds, segment_s)
    ends = [*starts[1:], len(fragments)]
    lengths = [min(segment_s, seconds - n) for n in starts]
    return Footage(
        path=path,
        init=init,
        segments=tuple(b"".join(fragments[a:b]) for a, b in zip(starts, ends, strict=True)),
        seconds=tuple(float(length) for length in lengths),
        frames=tuple(length * fps for length in lengths),
    )


def _boxes(data: bytes):
    offset = 0
    while offset < len(data):
        size = int.from_bytes(data[offset : offset + 4], "big")
        yield data[offset + 4 : offset + 8], data[offset : offset + size]
        offset += size
