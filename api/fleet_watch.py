"""One look at the fleet: judge, keep incidents, tell listeners, show figures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from api.events import Audience, Event
from api.fleet import FleetSnapshot
from api.fleet_views import JudgedStation, StationView, view_of
from api.incident_rules import (
    KINDS,
    Closing,
    IncidentState,
    Opening,
    Trouble,
    findings_of,
    step,
)
from api.incident_views import IncidentView, incident_views
from api.services import Services
from core.timestamps import to_iso
from storage.registry.incidents import (
    Occurrence,
    Place,
    close_incident,
    list_changed,
    list_open,
    open_incident,
)

REPEAT_AFTER = timedelta(seconds=30)
"""A station that stays as it is is told again this often: ages on a page are never older."""
_REGISTRY_EVERY = timedelta(seconds=5)
_OVERLAP = timedelta(seconds=5)
_MAX_INCIDENTS = 200
"""In one look; the page has the list for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look found."""

    snapshot: FleetSnapshot
    incidents: tuple[IncidentView, ...] = ()
    """Those that changed since the look before."""
    open_kinds: tuple[str, ...] = ()


class FleetWatch:
    """Looks at the fleet again and again; remembers what it has dealt with.

    `look` runs in a worker thread, one at a time.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._state: IncidentState | None = None
        self._registry_read_utc: datetime | None = None
        self._told: dict[UUID, tuple[datetime, datetime | None]] = {}

    def look(self) -> Look:
        """Read, judge and keep incidents."""
        now_utc = self._services.now_utc
        with self._services.transaction() as session:
            snapshot = self._services.fleet.refresh(
                session, now_utc, with_registry=self._is_registry_due(now_utc)
            )
        self._keep_incidents(snapshot)
        with self._services.transaction() as session:
            return Look(
                snapshot=snapshot,
                incidents=self._changed_incidents(session, now_utc),
                open_kinds=tuple(row.kind for row in list_open(session)),
            )

    def _is_registry_due(self, now_utc: datetime) -> bool:
        last_utc = self._registry_read_utc
        if last_utc is not None and now_utc - last_utc < _REGISTRY_EVERY:
            return False
        self._registry_read_utc = now_utc
        return True

    def _keep_incidents(self, snapshot: FleetSnapshot) -> None:
        state = self._state or self._stored_state()
        following, actions = step(state, findings_of(snapshot), snapshot.at_utc)
        if actions:
            with self._services.transaction() as session:
                _apply(session, actions, snapshot.at_utc)
        self._state = following  # only now: what could not be written is tried again

    def _stored_state(self) -> IncidentState:
        with self._services.transaction() as session:
            rows = list_open(session, KINDS)
        return IncidentState(
            open=frozenset(
                Trouble(
                    kind=row.kind,
                    place=Place(station_id=row.station_id, camera_id=row.camera_id),
                )
                for row in rows
            )
        )

    def _changed_incidents(self, session: Session, now_utc: datetime) -> tuple[IncidentView, ...]:
        rows = list_changed(session, now_utc - _OVERLAP, _MAX_INCIDENTS)
        states = {row.incident_id: (row.last_utc, row.acknowledged_utc) for row in rows}
        fresh = [row for row in rows if self._told.get(row.incident_id) != states[row.incident_id]]
        self._told = states
        return tuple(incident_views(session, fresh))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    judged: JudgedStation
    essence: str
    at_utc: datetime


class Narrator:
    """Turns looks into events for one audience; remembers what it told."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._told: dict[UUID, _Told] = {}

    def following(self, look: Look) -> list[Event]:
        """For everybody of the audience who was given `first_events` before."""
        changed = list(self._news(look.snapshot))
        events = [_fleet_event(changed)] if changed else []
        if self._audience.sees_incidents:
            events += [_incident_event(i) for i in look.incidents if self._may_see(i)]
        return events

    def _news(self, snapshot: FleetSnapshot) -> Iterator[StationView]:
        for judged in snapshot.inside(self._audience.regions):
            told = self._told.get(judged.place.station.station_id)
            is_due = told is None or snapshot.at_utc - told.at_utc >= REPEAT_AFTER
            if told is not None and told.judged is judged and not is_due:
                continue
            view = view_of(judged, snapshot.stills, snapshot.at_utc)
            essence = _essence(view)
            if is_due or told is None or told.essence != essence:
                self._told[view.id] = _Told(judged=judged, essence=essence, at_utc=snapshot.at_utc)
                yield view
            else:
                self._told[view.id] = replace(told, judged=judged)

    def _may_see(self, incident: IncidentView) -> bool:
        return not self._audience.regions or incident.region in self._audience.regions


def first_events(snapshot: FleetSnapshot, audience: Audience) -> list[Event]:
    """For whoever has just come: everything, and the time."""
    return [_fleet_event(snapshot.views(audience.regions)), tick_event(snapshot, audience)]


def _essence(view: StationView) -> str:
    """All of it but what changes by waiting."""
    station = [value for name, value in view if name not in ("report_age_s", "cameras")]
    cameras = [
        (c.id, c.position, c.name, c.status, c.reasons, c.is_publishing, c.still_age_s is None)
        for c in view.cameras
    ]
    return repr((station, cameras))


def tick_event(snapshot: FleetSnapshot, audience: Audience) -> Event:
    """The heartbeat of the stream itself."""
    ratio = snapshot.coverage_ratio(audience.regions)
    return Event.of("tick", {"server_utc": to_iso(snapshot.at_utc), "coverage_ratio": ratio})


def _fleet_event(views: Iterable[StationView]) -> Event:
    return Event.of("fleet", [view.model_dump(mode="json") for view in views])


def _incident_event(incident: IncidentView) -> Event:
    return Event.of("incident", incident.model_dump(mode="json"))


def _apply(session: Session, actions: Sequence[Opening | Closing], now_utc: datetime) -> None:
    for action in actions:
        kind, place = action.trouble.kind, action.trouble.place
        match action:
            case Opening():
                what = Occurrence(kind=kind, place=place, detail=action.detail)
                open_incident(session, what, now_utc)
            case Closing():
                close_incident(session, kind, place, now_utc)
