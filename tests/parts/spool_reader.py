"""Reads a station's spool as an outsider would: from its files alone, with none of its state."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import av

from core.footage import Gap, GapCause, Run, Segment
from core.timerange import TimeRange, merged
from evidence.chain import check_follows
from evidence.entry import Entry, EntryKind, check_signature, read_entry
from evidence.statements import statement_of

_PICTURE_UNITS = {"h264": range(1, 6), "hevc": range(32)}
SEAM = timedelta(milliseconds=100)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One recorded packet of video."""

    pts: float
    dts: float
    units: bytes
    """Its slices, without parameter sets and whatever else a server may add."""


class CameraReader:
    """One camera's journal and footage."""

    def __init__(self, spool: Path, camera_id: UUID, public_key=None) -> None:
        self.directory = spool / str(camera_id)
        self._key = public_key

    def entries(self) -> list[Entry]:
        """All epochs, the oldest first; each chain is checked."""
        journals = sorted(self.directory.glob("journal/*.jsonl"), key=lambda p: p.stat().st_ctime)
        return [entry for path in journals for entry in self._chain(path)]

    def statements(self, kind: type) -> list:
        found = [statement_of(entry) for entry in self.entries()]
        return [statement for statement in found if isinstance(statement, kind)]

    def runs(self) -> list[Run]:
        return self.statements(Run)

    def segments(self, run_id: UUID | None = None) -> list[Segment]:
        found = self.statements(Segment)
        return [segment for segment in found if run_id in (None, segment.run_id)]

    def first_runs(self, pictures: int) -> list[Segment]:
        """Those of the runs that so many pictures take.

        One run, or two: of a session that begins slowly, the second has the right times.
        """
        found: list[Segment] = []
        for run in self.runs():
            if sum(segment.frame_count for segment in found) < pictures:
                found += self.segments(run.run_id)
        return found

    def gaps(self) -> list[Gap]:
        return self.statements(Gap)

    def causes(self) -> set[GapCause]:
        return {gap.cause for gap in self.gaps()}

    def is_stopped(self) -> bool:
        return self.entries()[-1].kind is EntryKind.STOP

    def covered(self) -> list[TimeRange]:
        """Footage as stated, its seams bridged."""
        return merged([segment.range for segment in self.segments()], SEAM)

    def accounted_for(self) -> list[TimeRange]:
        """Footage and gaps together: one range, if no moment was passed over."""
        return merged([one.range for one in (*self.segments(), *self.gaps())], SEAM)

    def missing_within(self, start_utc: datetime, end_utc: datetime) -> list[Gap]:
        asked = TimeRange(start_utc, end_utc)
        return [gap for gap in self.gaps() if gap.range.overlaps(asked)]

    def file(self, segment: Segment) -> bytes:
        [path] = self.directory.glob(f"{segment.run_id}/*-{segment.segment_id}-*.m4s")
        return path.read_bytes()

    def init(self, run_id: UUID) -> bytes:
        return (self.directory / str(run_id) / "init.mp4").read_bytes()

    def pictures(self, segment: Segment) -> list[Picture]:
        """What a player finds in the run's init and this segment, nothing else."""
        with av.open(io.BytesIO(self.init(segment.run_id) + self.file(segment))) as container:
            return list(pictures_of(container))

    def decoded(self, segment: Segment) -> int:
        """Pictures a decoder makes of it; raises when one is damaged."""
        with av.open(io.BytesIO(self.init(segment.run_id) + self.file(segment))) as container:
            container.streams.video[0].codec_context.options = {"err_detect": "explode"}
            return sum(1 for _ in container.decode(video=0))

    def _chain(self, path: Path) -> Iterator[Entry]:
        before = None
        for line in path.read_text("ascii").split("\n")[:-1]:
            entry = read_entry(line)
            check_follows(entry, before)
            if self._key is not None:
                check_signature(entry, self._key)
            before = entry
            yield entry


def pictures_of(container: av.container.InputContainer) -> Iterator[Picture]:
    """A file's video packets."""
    video = container.streams.video[0]
    for packet in container.demux(video):
        if packet.size:
            yield Picture(
                pts=float(packet.pts * packet.time_base),
                dts=float(packet.dts * packet.time_base),
                units=b"".join(_slices(bytes(packet), video.codec_context.name)),
            )


def _slices(data: bytes, codec: str) -> Iterator[bytes]:
    """The slices of a picture as MP4 keeps it, with a length before each unit."""
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        unit = data[at + 4 : end]
        kind = (unit[0] >> 1) & 0x3F if codec == "hevc" else unit[0] & 0x1F
        if kind in _PICTURE_UNITS[codec]:
            # Some files keep an "end of sequence" inside the last unit; servers send it apart.
            yield unit.partition(b"\x00\x00\x00\x01")[0]
        at = end
