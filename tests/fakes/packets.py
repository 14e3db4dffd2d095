"""Sessions without a camera: real packets of an encoder, as fast as they are asked for."""

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from struct import pack

import av
import imageio_ffmpeg

from recorder.media.boxes import Fragment, Init
from recorder.media.muxer import RunMuxer
from recorder.media.parameter_sets import parameter_sets
from recorder.media.timestamps import Order, Timestamps
from recorder.sources.session import AvSession

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
CLIP_S, CLIP_FPS = 6, 10


def encode_clip(
    path: Path, *, size: str = "320x240", bframes: int = 2, has_sound: bool = False
) -> Path:
    scene = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={CLIP_FPS}:duration={CLIP_S}"]
    sound = ["-f", "lavfi", "-i", f"sine=duration={CLIP_S}", "-c:a", "aac"] if has_sound else []
    video = ["-c:v", "libx264", "-preset", "veryfast", "-g", str(CLIP_FPS), "-bf", str(bframes)]
    command = [FFMPEG, "-v", "error", *scene, *sound, *video, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def open_session(path: Path, *, wants_sound: bool = False) -> AvSession:
    """A clip's packets without waiting for anything."""
    return AvSession(av.open(str(path)), wants_sound=wants_sound, is_annexb=False, may_end=True)


def muxed(path: Path, *, wants_sound: bool = False) -> Iterator[Init | Fragment]:
    """What the recorder's muxer makes of a clip."""
    session = open_session(path, wants_sound=wants_sound)
    stamps = Timestamps(
        time_base=Fraction(session.time_base), frame_ticks=1024, order=Order(2, is_stated=True)
    )
    muxer: RunMuxer | None = None
    for packet in session.packets():
        if packet.size and packet.stream_index == session.video.index:
            if muxer is None:
                sets = parameter_sets(bytes(packet), "h264")
                muxer = RunMuxer(session.video, session.sound, sets)
            yield from muxer.write(packet, stamps.stamp(packet.pts, packet.dts))
        elif packet.size and muxer is not None:
            zero = round(stamps.zero * session.time_base / packet.time_base)
            yield from muxer.write_sound(packet, zero)
    yield from muxer.close()
    session.close()


def fragments_of(path: Path, *, wants_sound: bool = False) -> tuple[Init, list[Fragment]]:
    init, *fragments = muxed(path, wants_sound=wants_sound)
    return init, fragments


def box(kind, payload=b""):
    return pack(">I4s", 8 + len(payload), kind) + payload


def sound_fragment(size_bytes=100):
    """A fragment that only the second track has samples in."""
    tfhd = box(b"tfhd", pack(">III", 0x020000, 2, 0)[:8])
    tfdt = box(b"tfdt", pack(">IQ", 0x01000000, 48000))
    trun = box(b"trun", pack(">IIII", 0x000201, 1, 8, 100))
    return box(b"moof", box(b"traf", tfhd + tfdt + trun)) + box(b"mdat", bytes(size_bytes))
