"""`/api/v1/stations` as they are now, and `/stations/{id}/status`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.fleet import FleetSnapshot
from api.fleet_views import StationView, view_of
from api.services import Services, Use
from api.v1 import V1
from core.wire.heartbeat import StationReport
from storage.registry.stations import get_station

router = APIRouter(prefix=V1, tags=["stations"])

Watcher = Annotated[Account, Depends(require(Right.SEE_STATUS))]


class StationStatus(StationView):
    """A station as it is now, with all it said last."""

    timezone: str
    phone: str
    """Of the commission's chair."""
    last_report: StationReport | None


@router.get("/stations")
def list_stations(services: Use, account: Watcher, region: str | None = None) -> list[StationView]:
    """All stations in use that the account may see, by number, as they are now."""
    views = current_fleet(services).views(account.regions)
    return [view for view in views if region in (None, view.region)]


@router.get("/stations/{station_id}/status")
def show_status(station_id: UUID, services: Use, account: Watcher) -> StationStatus:
    """One station as it is now."""
    return station_status(services, account, station_id)


def current_fleet(services: Services) -> FleetSnapshot:
    """The state of all stations as the watch saw it last, a second or two ago.

    Where no watch runs, or it fails, those who ask look together.
    """
    watched = services.fleet.watched(services.now_utc)
    if watched is not None:
        return watched
    with services.transaction() as session:
        return services.fleet.current(session, services.now_utc)


def told_fleet(services: Services) -> FleetSnapshot:
    """The one that all pages were told of last, seconds ago: what is made of it serves them all."""
    return services.fleet.told(services.now_utc) or current_fleet(services)


def station_status(services: Services, account: Account, station_id: UUID) -> StationStatus:
    """One station, if the account may see it; `NotFoundError` otherwise."""
    snapshot = current_fleet(services)
    judged = snapshot.station(station_id)
    account.must_see(judged.site.station.region, "station")
    with services.transaction() as session:
        phone = get_station(session, station_id).phone
    view = view_of(judged, snapshot.stills, snapshot.at_utc)
    return StationStatus(
        **dict(view),
        timezone=judged.site.station.timezone,
        phone=phone,
        last_report=judged.heard.report if judged.heard else None,
    )
