"""One camera's disk side without its threads: what a test writes, and what a start finds."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.footage import SegmentEnd
from recorder.capture.inbox import FragmentCame, RunBegan
from recorder.clock_state import ClockState
from recorder.counters import Counters
from recorder.disk.journal import Journal
from recorder.disk.layout import camera_directory, journal_directory
from recorder.disk.recovery import Recovered, Recovery
from recorder.disk.run_writer import RunWriter
from recorder.disk.sealing import Sealing
from recorder.media.boxes import Fragment, Init
from recorder.media.init_boxes import read_init
from recorder.steps import go_on
from recorder.stock.stock import Stock
from tests.fakes.clock import FakeClock
from tests.parts.spool_reader import CameraReader


@dataclass(kw_only=True)
class SpooledCamera:
    """A camera's spool, journal and stock, opened as an agent's start opens them."""

    spool: Path
    init: Init
    fragments: list[Fragment]
    camera_id: UUID = field(default_factory=lambda: UUID(int=uuid4().int // 1009 * 1009))
    """First segment half as long as the others: see `recorder.disk.segmenter.stagger`."""
    device_id: UUID = field(default_factory=uuid4)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    clock: FakeClock = field(default_factory=FakeClock)
    counters: Counters = field(default_factory=Counters)
    target_s: float = 2.0

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> Recovered:
        """Start as after whatever happened; gives what recovery found."""
        self.stock = Stock(self.spool)
        self.journal = self.open_journal()
        self.sealing = Sealing(self.journal, self.stock)
        recovery = Recovery(
            spool=self.spool,
            camera_id=self.camera_id,
            journal=self.journal,
            stock=self.stock,
            sealing=self.sealing,
        )
        return recovery.run()

    def crash(self) -> None:
        """Let go of everything, as a killed process does: nothing more is written."""
        self.stock.close()

    def restart(self) -> Recovered:
        self.crash()
        return self.open()

    def open_journal(self) -> Journal:
        return Journal(
            directory=journal_directory(self.spool, self.camera_id),
            device_id=self.device_id,
            camera_id=self.camera_id,
            key=self.key,
            clock=self.clock,
        )

    def new_run(self, run_id: UUID | None = None) -> RunWriter:
        began = RunBegan(
            run_id=run_id or uuid4(), init=self.init.data, facts=read_init(self.init.data)
        )
        return RunWriter(
            camera_id=self.camera_id,
            began=began,
            spool=self.spool,
            clock=self.clock,
            counters=self.counters,
            target_s=self.target_s,
            reached=go_on,
        )

    def came(self, run: RunWriter, number: int) -> FragmentCame:
        return FragmentCame(
            run_id=run.began.run_id,
            fragment=self.fragments[number],
            start_utc=self.clock.utc() + timedelta(seconds=number),
            clock=ClockState(offset_s=0.25, is_synced=True),
        )

    def write(self, run: RunWriter, *numbers: int) -> None:
        """Let fragments come, each closing the segment before it when that has its length."""
        for number in numbers:
            came = self.came(run, number)
            run.prepare(came.fragment, self.sealing, self.target_s)
            run.write(came, self.sealing)

    def record(self, *numbers: int) -> RunWriter:
        """A whole run, closed in order."""
        run = self.new_run()
        self.write(run, *numbers)
        run.close(self.sealing)
        return run

    def read(self) -> CameraReader:
        return CameraReader(self.spool, self.camera_id, self.key.public_key())

    @property
    def directory(self) -> Path:
        return camera_directory(self.spool, self.camera_id)

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.directory.glob(pattern))

    def ends(self) -> list[SegmentEnd]:
        return [segment.end for segment in self.read().segments()]
