"""The state of all stations, held in memory by each process and read from the index.

A refresh reads only heartbeats that arrived since the one before, and judges only stations
whose heartbeat is new or has just become too old: thousands of stations each second.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.fleet_made import Made
from api.fleet_views import HeardReport, JudgedStation, StationView, age_s, judge, view_of
from core.errors import NotFoundError
from core.health import AGENT_SILENT_AFTER_S, Reason, Status
from core.wire.heartbeat import StationReport
from storage.registry.fleet import (
    Site,
    StoredReport,
    read_reports,
    read_sites,
    read_trusted_devices,
)
from storage.registry.stills import still_times

_OVERLAP = timedelta(seconds=3)
"""Read again each time: another process may commit an arrival a little after a later one."""

_STALE_AFTER = timedelta(seconds=5)
"""A watch that is well looks each second; without one, whoever asks has to look."""
_TOLD_STALE_AFTER = timedelta(seconds=10)
"""Twice what lies between two ticks."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSnapshot:
    """All stations at one instant. Immutable, so any thread may read it."""

    at_utc: datetime
    stations: tuple[JudgedStation, ...] = ()
    """By number."""
    stills: dict[UUID, datetime] = field(default_factory=dict)
    made: Made = field(default_factory=Made, compare=False, repr=False)
    """What was made of it already; the same for everybody who asks."""

    def views(self, regions: Sequence[str] = ()) -> tuple[StationView, ...]:
        """What an account of these regions (none named: all) may see."""
        inside = frozenset(regions)
        return self.made.get(("views", inside), lambda: self._views(inside))

    def _views(self, regions: Collection[str]) -> tuple[StationView, ...]:
        return tuple(view_of(s, self.stills, self.at_utc) for s in self.inside(regions))

    def inside(self, regions: Collection[str]) -> Iterable[JudgedStation]:
        """The stations of these regions."""
        return (s for s in self.stations if not regions or s.site.station.region in regions)

    def station(self, station_id: UUID) -> JudgedStation:
        """One station, or `NotFoundError` when it is not in use."""
        for judged in self.stations:
            if judged.site.station.station_id == station_id:
                return judged
        raise NotFoundError("there is no such station in use")

    def coverage_ratio(self, regions: Sequence[str] = ()) -> float | None:
        """Cameras known to record now ÷ cameras expected to; None: none is expected."""
        verdicts = [c for s in self.inside(regions) for c in s.cameras]
        expected = [v for v in verdicts if v.status is not Status.NOT_EXPECTED]
        recording = [c for s in self.inside(regions) for c in _recording(s)]
        return len(recording) / len(expected) if expected else None


class Fleet:
    """Keeps the newest snapshot. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sites: list[Site] = []
        self._stills: dict[UUID, datetime] = {}
        self._heard: dict[UUID, HeardReport] = {}
        self._judged: dict[UUID, JudgedStation] = {}
        self._newest_utc: datetime | None = None
        self._begun = 0
        self._last: FleetSnapshot | None = None
        self._watched: FleetSnapshot | None = None
        self._told: FleetSnapshot | None = None
        self._registry_changes = 0
        self._registry_changes_read = 0

    def watched(self, now_utc: datetime) -> FleetSnapshot | None:
        """What the watch saw last; None where it is old, or the registry has changed since."""
        return self._unless_old(self._watched, now_utc - _STALE_AFTER)

    def tell(self, snapshot: FleetSnapshot) -> None:
        """All pages are told of this one now."""
        self._told = snapshot

    def told(self, now_utc: datetime) -> FleetSnapshot | None:
        """What pages were told of last; None as for `watched`."""
        return self._unless_old(self._told, now_utc - _TOLD_STALE_AFTER)

    def _unless_old(
        self, snapshot: FleetSnapshot | None, since_utc: datetime
    ) -> FleetSnapshot | None:
        is_good = snapshot is not None and snapshot.at_utc >= since_utc
        return snapshot if is_good and not self._has_registry_changed else None

    def forget_registry(self) -> None:
        """Stations, cameras or devices have changed: whoever asks from now on sees it."""
        self._registry_changes += 1

    def current(self, session: Session, now_utc: datetime) -> FleetSnapshot:
        """Look anew; those who ask while somebody looks share the look after that one."""
        begun = self._begun
        with self._lock:
            if self._begun > begun and self._last is not None:
                return self._last
            return self._refresh(session, now_utc, with_registry=True)

    def refresh(
        self, session: Session, now_utc: datetime, *, with_registry: bool = True
    ) -> FleetSnapshot:
        """Read what is new and judge: the watch's look, which everybody is then shown.

        Args:
            session: For reading.
            now_utc: The instant to judge for.
            with_registry: Whether to look for new stations, cameras and stills as well.
        """
        with self._lock:
            self._watched = self._refresh(session, now_utc, with_registry=with_registry)
            return self._watched

    def _refresh(
        self, session: Session, now_utc: datetime, *, with_registry: bool
    ) -> FleetSnapshot:
        self._begun += 1
        if with_registry or self._has_registry_changed or not self._sites:
            self._read_registry(session)
        self._read_heartbeats(session)
        self._judged = {p.station.station_id: self._judge(p, now_utc) for p in self._sites}
        stations = tuple(self._judged.values())
        self._last = FleetSnapshot(at_utc=now_utc, stations=stations, stills=self._stills)
        return self._last

    @property
    def _has_registry_changed(self) -> bool:
        return self._registry_changes != self._registry_changes_read

    def _read_registry(self, session: Session) -> None:
        changes = self._registry_changes
        if self._has_registry_changed:
            self._watched = self._told = None  # until the watch has looked again
        self._sites = read_sites(session)
        self._stills = still_times(session)
        trusted = read_trusted_devices(session)
        kept = {s: h for s, h in self._heard.items() if h.device_id in trusted}
        if len(kept) != len(self._heard):
            self._newest_utc = None  # another device of the station may speak for it now
        self._heard = kept
        self._registry_changes_read = changes

    def _read_heartbeats(self, session: Session) -> None:
        since_utc = self._newest_utc - _OVERLAP if self._newest_utc else None
        for stored in read_reports(session, since_utc):
            self._newest_utc = max(self._newest_utc or stored.arrived_utc, stored.arrived_utc)
            known = self._heard.get(stored.station_id)
            if known is None or known.arrived_utc < stored.arrived_utc:
                self._hear(stored)

    def _hear(self, stored: StoredReport) -> None:
        try:
            report = StationReport.model_validate(stored.report)
        except ValidationError:
            # Written by another version of this API; the next heartbeat is seconds away.
            _log.warning("heartbeat.unreadable", device_id=str(stored.device_id))
            return
        self._heard[stored.station_id] = HeardReport(
            device_id=stored.device_id, arrived_utc=stored.arrived_utc, report=report
        )

    def _judge(self, site: Site, now_utc: datetime) -> JudgedStation:
        heard = self._heard.get(site.station.station_id)
        known = self._judged.get(site.station.station_id)
        is_same = known is not None and known.site == site and known.heard is heard
        if known is not None and is_same and _is_silent(heard, now_utc) == _was_silent(known):
            return known
        return judge(site, heard, now_utc)


def _is_silent(heard: HeardReport | None, now_utc: datetime) -> bool:
    silence_s = age_s(heard.arrived_utc, now_utc) if heard else None
    return silence_s is None or silence_s > AGENT_SILENT_AFTER_S


def _was_silent(judged: JudgedStation) -> bool:
    return judged.heard is None or judged.judgement.reasons[:1] == (Reason.AGENT_SILENT,)


def _recording(judged: JudgedStation) -> list[UUID]:
    return [
        camera.camera_id
        for camera, verdict in zip(judged.site.cameras, judged.cameras, strict=True)
        if verdict.status in (Status.OK, Status.FAILING)
        and Reason.NOT_RECORDING not in verdict.reasons
    ]
