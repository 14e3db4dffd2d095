"""One look at the fleet: judge it, and keep incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from api.fleet import FleetSnapshot
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
from storage.registry.incidents import (
    Occurrence,
    Place,
    close_incident,
    list_changed,
    list_open,
    open_incident,
)

_REGISTRY_EVERY = timedelta(seconds=5)
_OVERLAP = timedelta(seconds=5)
_MAX_INCIDENTS = 200
"""In one look; the page has the list for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetLook:
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

    def look(self) -> FleetLook:
        """Read, judge and keep incidents."""
        now_utc = self._services.now_utc
        with self._services.transaction() as session:
            snapshot = self._services.fleet.refresh(
                session, now_utc, with_registry=self._is_registry_due(now_utc)
            )
        self._keep_incidents(snapshot)
        with self._services.transaction() as session:
            return FleetLook(
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


def _apply(session: Session, actions: Sequence[Opening | Closing], now_utc: datetime) -> None:
    for action in actions:
        kind, place = action.trouble.kind, action.trouble.place
        match action:
            case Opening():
                what = Occurrence(kind=kind, place=place, detail=action.detail)
                open_incident(session, what, now_utc)
            case Closing():
                close_incident(session, kind, place, now_utc)
