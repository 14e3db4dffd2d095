"""What an export of a range consists of, decided before a byte is read."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.timerange import TimeRange
from storage.coverage import Coverage, load_coverage
from storage.holdings import Holding, load_decodable
from storage.index.footage_tables import RunRow
from storage.index.registry_tables import CameraRow, StationRow
from storage.playlists import NothingPlayableError
from storage.seams import goes_on

BATCH_ROWS = 500
"""Named in one question to the index, which refuses more than a thousand or so."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedClip:
    """Unbroken footage of one run: one file."""

    file_name: str
    run: RunRow
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """Everything that goes into the package."""

    station: StationRow
    camera: CameraRow
    wanted: TimeRange
    coverage: Coverage
    clips: tuple[PlannedClip, ...]

    @property
    def footage_bytes(self) -> int:
        """Size of the segments; the package is a little larger."""
        return sum(h.size_bytes for clip in self.clips for h in clip.holdings)


def plan_export(session: Session, camera_id: UUID, wanted: TimeRange) -> ExportPlan:
    """Choose the whole segments that share time with the range.

    Raises:
        NotFoundError: No such camera.
        NothingPlayableError: The archive holds no footage of the range.
    """
    camera = session.get(CameraRow, camera_id)
    if camera is None:
        raise NotFoundError(f"there is no camera {camera_id}")
    station = session.get_one(StationRow, camera.station_id)
    holdings = load_decodable(session, camera_id, wanted)
    stretches = unbroken([h for h in holdings if h.playable_since_utc is not None])
    if not stretches:
        raise NothingPlayableError(camera_id)
    runs = _runs(session, {stretch[0].run_id for stretch in stretches})
    name = f"station-{file_word(station.number)}-camera-{camera.position}"
    return ExportPlan(
        station=station,
        camera=camera,
        wanted=wanted,
        coverage=load_coverage(session, camera_id, wanted),
        clips=tuple(_clip(name, stretch, runs) for stretch in stretches),
    )


def unbroken(holdings: Sequence[Holding]) -> list[tuple[Holding, ...]]:
    """Cut a sequence where the run changes, or a number or time is missing. Pure."""
    stretches: list[list[Holding]] = []
    for holding in holdings:
        if stretches and goes_on(stretches[-1][-1], holding):
            stretches[-1].append(holding)
        else:
            stretches.append([holding])
    return [tuple(stretch) for stretch in stretches]


def file_word(text: str) -> str:
    """The text with everything replaced that some file system dislikes."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text)


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in their order, as many at a time as may stand in one question."""
    for place in range(0, len(values), BATCH_ROWS):
        yield values[place : place + BATCH_ROWS]


def _runs(session: Session, run_ids: Collection[UUID]) -> dict[UUID, RunRow]:
    runs: dict[UUID, RunRow] = {}
    for some in batches(list(run_ids)):
        rows = session.scalars(select(RunRow).where(RunRow.run_id.in_(some)))
        runs.update({row.run_id: row for row in rows})
    return runs


def _clip(name: str, stretch: tuple[Holding, ...], runs: dict[UUID, RunRow]) -> PlannedClip:
    start = stretch[0].range.start_utc.strftime("%Y%m%dT%H%M%S.%fZ")
    number = stretch[0].number
    return PlannedClip(
        # The number keeps names apart where a stepped clock shows the same time twice.
        file_name=f"clips/{name}-{start}-{number:05d}.mp4",
        run=runs[stretch[0].run_id],
        holdings=stretch,
    )
