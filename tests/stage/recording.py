"""Cameras of the stage whose film reaches the archive as it is recorded, a piece at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import SystemClock
from core.footage import Run
from tests.fakes.journal import Journal
from tests.stage.footage import PIECE_S, film
from tests.stage.meanwhile import meanwhile
from tests.stage.station import StagedStation

BEFORE = 6
"""Pieces that are there to begin with: a minute."""


@dataclass(kw_only=True)
class Recorder:
    """One camera's recorder.

    Its clock tells when pieces end; the film begins anew in a new run where it is over.
    """

    station: StagedStation
    journal: Journal
    next_utc: datetime
    """Where the next piece begins."""
    pieces: int = 0
    run: Run | None = None

    def record_until(self, now_utc: datetime) -> None:
        """Close and hand over every piece that has ended by then."""
        made, before = film(), self.pieces
        while self.next_utc + timedelta(seconds=PIECE_S) <= now_utc:
            number = self.pieces % len(made.pieces)
            if number == 0 or self.run is None:
                self.run = self.journal.start(self.next_utc, init=made.init)
            self.journal.segment(
                self.run, number, seconds=PIECE_S, content=made.pieces[number],
                start_utc=self.next_utc,
            )  # fmt: skip
            self.next_utc += timedelta(seconds=PIECE_S)
            self.pieces += 1
        if self.pieces > before:
            self.station.hand_over(self.journal)


def recorder_of(station: StagedStation, position: int, begun_s: float) -> Recorder:
    """A recorder that began so long ago, and has handed over nothing yet."""
    begun_utc = SystemClock().utc() - timedelta(seconds=begun_s)
    return Recorder(station=station, journal=station.journal(position), next_utc=begun_utc)


@contextmanager
def recording(station: StagedStation, *positions: int) -> Iterator[None]:
    """These cameras record, since a minute ago and for the time of the block."""
    recorders = [recorder_of(station, one, BEFORE * PIECE_S) for one in positions]

    def record() -> None:
        for recorder in recorders:
            recorder.record_until(SystemClock().utc())

    record()
    with meanwhile(record, every_s=1, name="recorders"):
        yield
