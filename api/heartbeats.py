"""Takes a heartbeat and answers with what the centre wants."""

import json
from uuid import UUID

from sqlalchemy.orm import Session

from api.services import Services
from api.wishes import (
    LIVE_WISH,
    STILL_WISH,
    Demand,
    cameras_to_publish,
    desired_config,
    stills_to_send,
    streams_of,
)
from core.errors import ForbiddenError
from core.live_stream import LiveStream, StreamKey
from core.live_token import LiveAction, sign_live_token
from core.station import LiveMode, StationMode
from core.wire.heartbeat import HeartbeatReply, PublishWish, StationReport
from storage.index.registry_tables import StationRow
from storage.ingest import Caller
from storage.registry.access_log import Action, looked_at
from storage.registry.devices import find_device_key, keep_report
from storage.registry.enrolment import forget_pin
from storage.registry.stations import get_station, list_cameras
from storage.registry.stills import still_times


def take_heartbeat(services: Services, caller: Caller, report: StationReport) -> HeartbeatReply:
    """Keep the report with the time it arrived; say what is wanted.

    Raises:
        ForbiddenError: The report speaks for another device.
    """
    if report.device_id != caller.device_id:
        raise ForbiddenError("a device reports for itself alone")
    with services.transaction() as session:
        _keep(services, session, caller, report)
        station = get_station(session, caller.station_id)
        camera_ids = _camera_ids(session, caller)
        demand = _demand(services, session, camera_ids)
    smaller = {camera.camera_id for camera in report.cameras if camera.has_smaller}
    return _reply(services, caller, station, camera_ids, smaller, demand)


def _keep(services: Services, session: Session, caller: Caller, report: StationReport) -> None:
    known = find_device_key(session, caller.device_id)
    if known is not None and not known.was_heard:
        forget_pin(session, caller.device_id)
    # By way of its JSON text, in which a number that is none becomes null: databases differ.
    content = json.loads(report.model_dump_json())
    keep_report(session, caller.device_id, content, report.agent_version, services.now_utc)


def _camera_ids(session: Session, caller: Caller) -> tuple[UUID, ...]:
    cameras = list_cameras(session, caller.station_id)
    return tuple(camera.camera_id for camera in cameras if camera.is_active)


def _demand(services: Services, session: Session, camera_ids: tuple[UUID, ...]) -> Demand:
    now_utc = services.now_utc
    return Demand(
        asked_live=looked_at(session, camera_ids, Action.LIVE, now_utc - LIVE_WISH),
        watched=services.streamer.watched,
        looked_at=looked_at(session, camera_ids, Action.SNAPSHOT, now_utc - STILL_WISH),
        stills=still_times(session, camera_ids),
    )


def _reply(
    services: Services,
    caller: Caller,
    station: StationRow,
    camera_ids: tuple[UUID, ...],
    smaller: set[UUID],
    demand: Demand,
) -> HeartbeatReply:
    mode, live = StationMode(station.mode), LiveMode(station.live)
    wanted = cameras_to_publish(mode, live, camera_ids, demand) if station.is_active else ()
    return HeartbeatReply(
        server_utc=services.now_utc,
        config=desired_config(mode, live),
        publish=tuple(_wish(services, caller, key) for key in streams_of(wanted, smaller)),
        stills=stills_to_send(camera_ids, demand, services.now_utc),
    )


def _wish(services: Services, caller: Caller, key: StreamKey) -> PublishWish:
    token, _ = sign_live_token(
        services.live_key,
        key.camera_id,
        LiveAction.publishing(key.stream),
        str(caller.device_id),
        services.now_utc,
        node=services.settings.streamer_node,
    )
    url = f"{services.settings.streamer_url}/whip/{key.camera_id}"
    if key.stream is LiveStream.SMALLER:
        url += f"/{LiveStream.SMALLER}"
    return PublishWish(camera_id=key.camera_id, stream=key.stream, whip_url=url, token=token)
