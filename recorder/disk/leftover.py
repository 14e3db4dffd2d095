"""What a crash leaves of a camera's segments, and how it becomes ordinary footage.

The functions here raise OSError as it comes; recovery names it.
"""

import hashlib
from pathlib import Path

from core.footage import Run, Segment, SegmentEnd
from recorder.disk.files import sync_directory
from recorder.disk.layout import INIT_NAME, SegmentFacts
from recorder.disk.spool import media_duration
from recorder.errors import BoxError
from recorder.media.boxes import Fragment
from recorder.media.init_boxes import read_init
from recorder.media.whole_fragments import cut_to_whole_fragments, read_fragments


def run_of(init: bytes, facts: SegmentFacts) -> Run:
    """The run an init belongs to, begun by the segment of these facts."""
    video = read_init(init)
    return Run(
        run_id=facts.run_id,
        camera_id=facts.camera_id,
        start_utc=facts.start_utc,
        init_sha256=hashlib.sha256(init).hexdigest(),
        init_size_bytes=len(init),
        codec=video.codec,
        width=video.width,
        height=video.height,
        timescale=video.timescale,
    )


def finish(path: Path) -> None:
    """Give an open segment its final name, without what a crash left half-written."""
    final = path.with_suffix(".m4s")
    if final.exists():
        return
    if cut_to_whole_fragments(path) == 0:
        path.unlink()
        return
    final.hardlink_to(path)
    sync_directory(path.parent)


def set_aside(path: Path) -> None:
    """Keep a segment that cannot be stated, out of the way, for whoever wants to know why."""
    path.replace(path.with_suffix(".damaged"))
    path.with_suffix(".open").unlink(missing_ok=True)


def measured(path: Path, facts: SegmentFacts) -> Segment:
    """What a closed segment's entry states, from its bytes and its name.

    Raises:
        BoxError: There is nothing to play in it.
    """
    data, init = path.read_bytes(), path.with_name(INIT_NAME).read_bytes()
    fragments: list[Fragment] = read_fragments(data)
    if not fragments:
        raise BoxError(f"segment {facts.segment_id} holds no fragment")
    ticks = sum(fragment.duration for fragment in fragments)
    return Segment(
        segment_id=facts.segment_id,
        run_id=facts.run_id,
        camera_id=facts.camera_id,
        number=facts.number,
        start_utc=facts.start_utc,
        media_duration=media_duration(ticks, read_init(init).timescale),
        frame_count=sum(fragment.sample_count for fragment in fragments),
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        end=SegmentEnd.RECOVERED,
        clock_offset_s=facts.clock_offset_s,
        is_clock_synced=facts.is_clock_synced,
    )
