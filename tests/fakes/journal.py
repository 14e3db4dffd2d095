"""A station's journal without a station: signed lines and the bytes they announce."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.footage import Gap, GapCause, Run, Segment, SegmentEnd
from core.timerange import TimeRange
from core.wire.upload import ObjectKind, WantedObject
from evidence.entry import ChainPosition, Entry, EntryKind, write_entry
from evidence.statements import gap_body, run_body, segment_body

MORNING = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Journal:
    """The chain of one camera, written as an agent writes it."""

    device_id: UUID
    camera_id: UUID
    key: Ed25519PrivateKey
    epoch: UUID = field(default_factory=uuid4)
    entries: list[Entry] = field(default_factory=list)
    objects: dict[UUID, tuple[ObjectKind, bytes]] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        return [entry.line for entry in self.entries]

    @property
    def position(self) -> ChainPosition:
        if self.entries:
            return ChainPosition.after(self.entries[-1])
        return ChainPosition(device_id=self.device_id, camera_id=self.camera_id, epoch=self.epoch)

    def start(self, start_utc: datetime = MORNING, init: bytes = b"init", **changes: object) -> Run:
        values = {
            "run_id": uuid4(),
            "camera_id": self.camera_id,
            "start_utc": start_utc,
            "init_sha256": hashlib.sha256(init).hexdigest(),
            "init_size_bytes": len(init),
            "codec": "avc1.42C01F",
            "width": 768,
            "height": 432,
            "timescale": 12800,
        }
        run = Run(**{**values, **changes})
        self.objects[run.run_id] = (ObjectKind.INIT, init)
        self.state(EntryKind.START, run_body(run), start_utc)
        return run

    def segment(
        self,
        run: Run,
        number: int,
        *,
        seconds: float = 10.0,
        content: bytes | None = None,
        start_utc: datetime | None = None,
        **changes: object,
    ) -> Segment:
        begin = start_utc or run.start_utc + timedelta(seconds=10.0 * number)
        content = content if content is not None else f"segment {uuid4()}".encode()
        values = {
            "segment_id": uuid4(),
            "run_id": run.run_id,
            "camera_id": self.camera_id,
            "number": number,
            "start_utc": begin,
            "media_duration": timedelta(seconds=seconds),
            "frame_count": max(1, round(seconds * 10)),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_bytes": len(content),
            "end": SegmentEnd.TARGET,
            "clock_offset_s": 0.1,
            "is_clock_synced": True,
        }
        segment = Segment(**{**values, **changes})
        self.objects[segment.segment_id] = (ObjectKind.SEGMENT, content)
        self.state(EntryKind.SEGMENT, segment_body(segment), begin)
        return segment

    def gap(
        self, start_utc: datetime, seconds: float, cause: GapCause = GapCause.CAMERA_UNREACHABLE
    ) -> Gap:
        end_utc = start_utc + timedelta(seconds=seconds)
        gap = Gap(
            gap_id=uuid4(),
            camera_id=self.camera_id,
            range=TimeRange(start_utc, end_utc),
            cause=cause,
            said_by="agent",
        )
        self.state(EntryKind.GAP, gap_body(gap), end_utc)
        return gap

    def state(self, kind: EntryKind, body: dict[str, object], at_utc: datetime = MORNING) -> Entry:
        entry = write_entry(self.key, self.position, kind, body, at_utc, 1.0)
        self.entries.append(entry)
        return entry

    def wanted(self, object_id: UUID) -> WantedObject:
        kind, content = self.objects[object_id]
        return WantedObject(
            kind=kind,
            camera_id=self.camera_id,
            object_id=object_id,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
        )
