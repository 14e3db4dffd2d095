"""Who records: our agent's record path, or one ffmpeg process for each camera."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import ffmpeg
import imageio_ffmpeg

SEGMENT_S = 10


def start_ours(urls: Sequence[str], directory: Path) -> list[subprocess.Popen[bytes]]:
    """One process for all cameras."""
    module = [sys.executable, "-m", "benchmarks.record.ours"]
    chosen = ["--spool", str(directory), "--segment-s", str(SEGMENT_S), *urls]
    return [subprocess.Popen([*module, *chosen], stdin=subprocess.PIPE)]


def start_ffmpeg(urls: Sequence[str], directory: Path) -> list[subprocess.Popen[bytes]]:
    """One process for each camera, copying into plain MP4 segments: its cheapest way."""
    processes = []
    for number, url in enumerate(urls):
        camera = directory / str(number)
        camera.mkdir(parents=True)
        copied = ffmpeg.input(url, rtsp_transport="tcp", allowed_media_types="video").output(
            str(camera / "%05d.mp4"), c="copy", f="segment", segment_time=SEGMENT_S
        )
        command = ffmpeg.compile(
            copied.global_args("-nostats", "-loglevel", "error"),
            cmd=imageio_ffmpeg.get_ffmpeg_exe(),
        )
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE))
    return processes


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End them as their users would: ours by its input's end, ffmpeg by a `q`."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"q")
        process.stdin.close()
    for process in processes:
        process.wait(timeout=30)


def recorded_bytes(directory: Path) -> int:
    """What arrived on the disk as video."""
    kinds = (".m4s", ".open", ".mp4")
    return sum(p.stat().st_size for p in directory.rglob("*") if p.suffix in kinds)
