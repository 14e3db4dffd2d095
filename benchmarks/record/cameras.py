"""Real RTSP cameras to record: GStreamer's server, playing the same film on every mount."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import ffmpeg
import imageio_ffmpeg

_SERVER = Path(__file__).parents[2] / "tests" / "parts" / "rtsp_server.py"
_FPS = 25
_GOP_S = 2


def make_film(path: Path, duration_s: int, kbps: int) -> None:
    """Encode what every camera sends: 1280 x 720, 25 pictures a second, a keyframe each 2 s."""
    picture = ffmpeg.input(f"testsrc2=size=1280x720:rate={_FPS}", format="lavfi", t=duration_s)
    noisy = picture.filter("noise", alls=12, allf="t")
    film = ffmpeg.output(
        noisy,
        str(path),
        vcodec="libx264",
        preset="ultrafast",
        tune="zerolatency",
        pix_fmt="yuv420p",
        g=_FPS * _GOP_S,
        video_bitrate=f"{kbps}k",
        maxrate=f"{kbps}k",
        bufsize=f"{kbps}k",
    )
    command = ffmpeg.compile(film, cmd=imageio_ffmpeg.get_ffmpeg_exe(), overwrite_output=True)
    subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def serving(film: Path, cameras: int) -> Iterator[list[str]]:
    """Serve the film on so many mounts; gives their URLs."""
    mounts = [f"--mount=cam{n}=file:{film}" for n in range(cameras)]
    command = ["/usr/bin/python3", str(_SERVER), *mounts]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().split()[1]
            yield [f"rtsp://127.0.0.1:{port}/cam{n}" for n in range(cameras)]
        finally:
            server.terminate()
