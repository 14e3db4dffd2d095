"""A station whose spool, journals and stock are filled by the agent's own record path."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from core.clock import Clock, SystemClock
from core.footage import GapCause, Run, Segment, SegmentEnd
from core.timerange import TimeRange
from recorder.disk.gaps import Missing
from recorder.disk.journal import Journal
from recorder.disk.layout import SegmentFacts, journal_directory
from recorder.disk.sealing import Sealing
from recorder.disk.spool import SpooledSegment, release, write_init
from recorder.media.boxes import Fragment
from recorder.stock.stock import Stock
from tests.fakes.journal import MORNING
from tests.fakes.station import FakeStation

TIMESCALE = 12800


@dataclass(kw_only=True)
class RecordedCamera:
    """One camera that has recorded; `record` adds segments of 10 s to its run."""

    spool: Path
    sealing: Sealing
    clock: Clock
    run: Run | None = None
    segments: list[Segment] = field(default_factory=list)

    @property
    def camera_id(self) -> UUID:
        return self.sealing.journal.camera_id

    def record(self, count: int = 1, size_bytes: int = 4000) -> list[Segment]:
        if self.run is None:
            self._start()
        for _ in range(count):
            self.segments.append(self._record_one(size_bytes))
        return self.segments[-count:]

    def state_gap(self) -> None:
        """Say that nothing was recorded for the minute before."""
        minute = TimeRange(MORNING - timedelta(minutes=1), MORNING)
        self.sealing.gap(Missing(minute, GapCause.CAMERA_UNREACHABLE))

    def _start(self) -> None:
        init = b"init " + os.urandom(700)
        self.run = Run(
            run_id=uuid4(),
            camera_id=self.camera_id,
            start_utc=MORNING,
            init_sha256=hashlib.sha256(init).hexdigest(),
            init_size_bytes=len(init),
            codec="avc1.42C01F",
            width=768,
            height=432,
            timescale=TIMESCALE,
        )
        path = write_init(self.spool, self.camera_id, self.run.run_id, init)
        self.sealing.start(self.run, path)

    def _record_one(self, size_bytes: int) -> Segment:
        number = len(self.segments)
        facts = SegmentFacts(
            camera_id=self.camera_id,
            run_id=self.run.run_id,
            segment_id=uuid4(),
            number=number,
            start_utc=MORNING + timedelta(seconds=10 * number),
            clock_offset_s=0.04,
            is_clock_synced=True,
        )
        spooled = SpooledSegment(
            spool=self.spool, facts=facts, timescale=TIMESCALE, clock=self.clock
        )
        spooled.append(_fragment(size_bytes, number))
        closed = spooled.close(SegmentEnd.TARGET)
        self.sealing.segment(closed.segment, closed.path)
        release(closed)
        return closed.segment


def _fragment(size_bytes: int, number: int) -> Fragment:
    return Fragment(
        data=os.urandom(size_bytes),
        base_time=number * 10 * TIMESCALE,
        duration=10 * TIMESCALE,
        sample_count=100,
        is_sync=True,
    )


@dataclass(frozen=True, kw_only=True)
class RecordedStation:
    """A registered station with footage on its disk."""

    station: FakeStation
    stock: Stock
    cameras: tuple[RecordedCamera, ...]

    @property
    def objects(self) -> set[UUID]:
        """Everything that the archive should get."""
        runs = {camera.run.run_id for camera in self.cameras if camera.run is not None}
        return runs | {s.segment_id for camera in self.cameras for s in camera.segments}


@contextmanager
def recorded_station(spool: Path, station: FakeStation) -> Iterator[RecordedStation]:
    """Open its stock and journals for the time of the block."""
    clock = SystemClock()
    spool.mkdir(exist_ok=True)
    with Stock(spool) as stock:
        yield RecordedStation(
            station=station,
            stock=stock,
            cameras=tuple(_camera(spool, stock, station, i, clock) for i in station.camera_ids),
        )


def _camera(
    spool: Path, stock: Stock, station: FakeStation, camera_id: UUID, clock: Clock
) -> RecordedCamera:
    journal = Journal(
        directory=journal_directory(spool, camera_id),
        device_id=station.device_id,
        camera_id=camera_id,
        key=station.key,
        clock=clock,
    )
    return RecordedCamera(spool=spool, sealing=Sealing(journal, stock), clock=clock)
