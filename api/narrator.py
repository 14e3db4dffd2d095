"""What listeners are told of the fleet: each look at it as events, and only what is new."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter

from api.events import Audience, Event
from api.fleet import FleetSnapshot
from api.fleet_views import JudgedStation, StationView, view_of
from api.fleet_watch import FleetLook
from api.incident_views import IncidentView
from api.web.wall_view import summary_for
from core.timestamps import to_iso

REPEAT_AFTER = timedelta(seconds=30)
"""A station that stays as it is is told again this often: ages on a page are never older."""

_VIEWS = TypeAdapter(Sequence[StationView])


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

    def following(self, look: FleetLook) -> list[Event]:
        """For everybody of the audience who was given `first_events` before."""
        changed = list(self._news(look.snapshot))
        events = [_fleet_event(changed)] if changed else []
        if self._audience.sees_incidents:
            events += [_incident_event(i) for i in look.incidents if self._may_see(i)]
        return events

    def _news(self, snapshot: FleetSnapshot) -> Iterator[StationView]:
        for judged in snapshot.inside(self._audience.regions):
            told = self._told.get(judged.site.station.station_id)
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


def first_events(snapshot: FleetSnapshot, audience: Audience) -> Sequence[Event]:
    """For whoever has just come: everything, and the time. Made once, however many come at once."""
    return snapshot.made.get(
        ("first events", audience),
        lambda: (_fleet_event(snapshot.views(audience.regions)), tick_event(snapshot, audience)),
    )


def _essence(view: StationView) -> str:
    """All of it but what changes by waiting."""
    station = [value for name, value in view if name not in ("report_age_s", "cameras")]
    cameras = [
        (c.id, c.position, c.name, c.status, c.reasons, c.is_publishing, c.still_age_s is None)
        for c in view.cameras
    ]
    return repr((station, cameras))


def tick_event(snapshot: FleetSnapshot, audience: Audience) -> Event:
    """The heartbeat of the stream itself; a page asks for its summary when that is another one."""
    told = {
        "server_utc": to_iso(snapshot.at_utc),
        "coverage_ratio": snapshot.coverage_ratio(audience.regions),
        "summary": summary_for(snapshot, audience.regions).version,
    }
    return Event.of("tick", told)


def _fleet_event(views: Sequence[StationView]) -> Event:
    return Event.of_json("fleet", _VIEWS.dump_json(views))


def _incident_event(incident: IncidentView) -> Event:
    return Event.of("incident", incident.model_dump(mode="json"))
