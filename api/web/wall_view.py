"""The wall as values: counts by region, and trouble with one line for each cause. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from api.fleet import FleetSnapshot
from api.fleet_views import CameraView, StationView
from core.health import WARNINGS, Reason, Status
from core.regions import REGIONS
from core.ui.words import Tone, tone_of

_OF_STATIONS = (Reason.DISK_FULL, Reason.DISK_FAILED, Reason.CLOCK_WRONG, Reason.DISK_LOW)
_NOTHING_IS_KEPT = (
    Reason.NOT_RECORDING,
    Reason.CAMERA_UNREACHABLE,
    Reason.CAMERA_SILENT,
    Reason.CAMERA_GARBAGE,
    Reason.DISK_FULL,
    Reason.DISK_FAILED,
)
_NOTHING_IS_KNOWN = (Reason.NEVER_SEEN, Reason.AGENT_SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCount:
    """How the stations of a region are, each counted once."""

    region: str
    total: int
    by_status: dict[Status, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleLine:
    """One cause in one region: one line, however many cameras it takes."""

    reason: Reason
    region: str
    cameras: int
    station_numbers: tuple[str, ...]
    """All of them, by number."""
    lasts_s: float | None
    """Since when, for the one it has lasted longest; None: the cause does not say."""

    @property
    def cost(self) -> tuple[int, int]:
        """What sorts the lines: recorded minutes being lost, then how many cameras."""
        if self.reason in _NOTHING_IS_KEPT:
            return (3, self.cameras)
        if self.reason in _NOTHING_IS_KNOWN:
            return (2, self.cameras)
        return (0 if self.reason in WARNINGS else 1, self.cameras)

    @property
    def is_warning(self) -> bool:
        """Whether it costs nothing yet."""
        return self.reason in WARNINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class WallSummary:
    """What stands above the tiles."""

    regions: tuple[RegionCount, ...]
    troubles: tuple[TroubleLine, ...]
    """Most costly first."""
    stations: int
    cameras: int
    cameras_ok: int

    @property
    def version(self) -> str:
        """Another one when anything but the time that troubles have lasted is another."""
        troubles = tuple(replace(line, lasts_s=None) for line in self.troubles)
        return hashlib.sha256(repr(replace(self, troubles=troubles)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileLook:
    """How one camera looks among the tiles."""

    tone: Tone
    cause: Reason | None
    """The one that stands on the tile; None: its status says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallFilter:
    """Which tiles are wanted, as the address says it."""

    region: str = ""
    reason: str = ""
    text: str = ""
    """Part of a station's number, name or address."""
    only_trouble: bool = False

    def takes(self, station: StationView, camera: CameraView) -> bool:
        """Whether a camera is wanted."""
        if self.region and station.region != self.region:
            return False
        if self.reason and self.reason not in (r.value for r in causes_of(station, camera)):
            return False
        if self.only_trouble and camera.status is Status.OK and not causes_of(station, camera):
            return False
        words = f"{station.number} {station.name} {station.address}".casefold()
        return self.text.casefold().strip() in words


def summary_for(snapshot: FleetSnapshot, regions: Iterable[str]) -> WallSummary:
    """What all who may see these regions (none named: all) are shown; counted once for them."""
    inside = frozenset(regions)
    return snapshot.made.get(("summary", inside), lambda: summary_of(snapshot.views(tuple(inside))))


def summary_of(stations: Sequence[StationView]) -> WallSummary:
    """Count and group. A station's status counts once, a camera's causes each."""
    cameras = [camera for station in stations for camera in station.cameras]
    return WallSummary(
        regions=tuple(_region_counts(stations)),
        troubles=tuple(sorted(_lines(stations), key=lambda line: line.cost, reverse=True)),
        stations=len(stations),
        cameras=len(cameras),
        cameras_ok=sum(camera.status is Status.OK for camera in cameras),
    )


def causes_of(station: StationView, camera: CameraView) -> tuple[Reason, ...]:
    """Why this camera is in the list of troubles: its station's causes and its own root ones.

    That it does not record is left out where the reason for it is known.
    """
    known = [r for r in camera.reasons if r is not Reason.NOT_RECORDING]
    is_explained = any(r in _NOTHING_IS_KEPT for r in known)
    own = known if is_explained else list(camera.reasons)
    shared = [r for r in station.reasons if r in _OF_STATIONS and r not in own]
    return (*own, *shared)


def look_of(station: StationView, camera: CameraView) -> TileLook:
    """A camera that is well, at a station that is not, does not look well."""
    cause = next(iter(causes_of(station, camera)), None)
    if camera.status is not Status.OK or cause is None:
        return TileLook(tone=tone_of(camera.status), cause=cause)
    return TileLook(tone=Tone.WARNING if cause in WARNINGS else Tone.FAILING, cause=cause)


def ordered(
    stations: Iterable[StationView], wanted: WallFilter
) -> list[tuple[StationView, CameraView]]:
    """The wanted cameras, trouble first, then by station and position."""
    pairs = [(s, c) for s in stations for c in s.cameras if wanted.takes(s, c)]
    return sorted(pairs, key=lambda pair: (_urgency(*pair), *_by_number(pair[0]), pair[1].position))


def _urgency(station: StationView, camera: CameraView) -> int:
    order = (Tone.FAILING, Tone.UNKNOWN, Tone.WARNING, Tone.OK, Tone.IDLE)
    return order.index(look_of(station, camera).tone)


def _by_number(station: StationView) -> tuple[int, str]:
    return (int(station.number), "") if station.number.isdecimal() else (10**9, station.number)


def _region_counts(stations: Sequence[StationView]) -> Iterator[RegionCount]:
    counts = {region: Counter[Status]() for region in REGIONS}
    for station in stations:
        counts.setdefault(station.region, Counter())[station.status] += 1
    for region, by_status in counts.items():
        if by_status:
            yield RegionCount(region=region, total=by_status.total(), by_status=dict(by_status))


def _lines(stations: Sequence[StationView]) -> Iterator[TroubleLine]:
    found: dict[tuple[Reason, str], list[tuple[StationView, CameraView]]] = {}
    for station in stations:
        for camera in station.cameras:
            for reason in causes_of(station, camera):
                found.setdefault((reason, station.region), []).append((station, camera))
    for (reason, region), pairs in found.items():
        numbers = {station.number: station for station, _ in pairs}
        yield TroubleLine(
            reason=reason,
            region=region,
            cameras=len(pairs),
            station_numbers=tuple(sorted(numbers, key=lambda n: _by_number(numbers[n]))),
            lasts_s=max(filter(None, (_lasts_s(reason, *pair) for pair in pairs)), default=None),
        )


def _lasts_s(reason: Reason, station: StationView, camera: CameraView) -> float | None:
    if reason is Reason.AGENT_SILENT:
        return station.report_age_s
    return camera.last_recorded_age_s if reason in _NOTHING_IS_KEPT else None
