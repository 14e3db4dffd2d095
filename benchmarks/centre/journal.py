"""The recordings of one camera: signed entries, and the small bytes that they announce."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from benchmarks.centre.country import Device
from core.clock import SystemClock
from core.footage import Run, Segment, SegmentEnd
from core.wire.upload import ObjectKind, WantedObject
from evidence.entry import ChainPosition, EntryKind, write_entry
from evidence.statements import run_body, segment_body

_INIT = b"an init of the usual size".ljust(780, b".")
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A piece of a camera's recording: its signed line and its bytes."""

    camera_id: UUID
    seq: int
    line: str
    kind: ObjectKind
    object_id: UUID
    content: bytes

    def wanted(self) -> WantedObject:
        """As grants are asked for."""
        return WantedObject(
            kind=self.kind,
            camera_id=self.camera_id,
            object_id=self.object_id,
            sha256=hashlib.sha256(self.content).hexdigest(),
            size_bytes=len(self.content),
        )


@dataclass(slots=True)
class Journal:
    """The chain of one camera, written as an agent writes it."""

    device: Device
    camera_id: UUID
    segment_s: float
    segment_bytes: int
    position: ChainPosition = field(init=False)
    run: Run = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        """Begin a chain and a run."""
        self.position = ChainPosition(
            device_id=self.device.device_id, camera_id=self.camera_id, epoch=uuid4()
        )
        self.run = Run(
            run_id=uuid4(),
            camera_id=self.camera_id,
            start_utc=_CLOCK.utc() - timedelta(seconds=self.segment_s),
            init_sha256=hashlib.sha256(_INIT).hexdigest(),
            init_size_bytes=len(_INIT),
            codec="avc1.42C01F",
            width=1280,
            height=720,
            timescale=90000,
        )

    def started(self) -> Closed:
        """The run's entry and its init."""
        return self._signed(EntryKind.START, run_body(self.run), self.run.run_id, _INIT)

    def next_segment(self) -> Closed:
        """The following segment."""
        content = os.urandom(16).ljust(self.segment_bytes, b".")
        seconds = timedelta(seconds=self.segment_s)
        segment = Segment(
            segment_id=uuid4(),
            run_id=self.run.run_id,
            camera_id=self.camera_id,
            number=self.number,
            start_utc=self.run.start_utc + self.number * seconds,
            media_duration=seconds,
            frame_count=round(25 * self.segment_s),
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            end=SegmentEnd.TARGET,
            clock_offset_s=0.02,
            is_clock_synced=True,
        )
        self.number += 1
        body = segment_body(segment)
        return self._signed(EntryKind.SEGMENT, body, segment.segment_id, content)

    def _signed(
        self, kind: EntryKind, body: dict[str, object], object_id: UUID, content: bytes
    ) -> Closed:
        entry = write_entry(self.device.key, self.position, kind, body, _CLOCK.utc(), 1.0)
        self.position = ChainPosition.after(entry)
        is_init = kind is EntryKind.START
        return Closed(
            camera_id=self.camera_id,
            seq=entry.seq,
            line=entry.line,
            kind=ObjectKind.INIT if is_init else ObjectKind.SEGMENT,
            object_id=object_id,
            content=content,
        )
