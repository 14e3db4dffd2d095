"""Takes a heartbeat and answers with what the centre wants."""

import json
from datetime import datetime
from uuid import UUID

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
from core.wire.heartbeat import HeartbeatReply, PublishWish, StationReport
from storage.ingest import Caller
from storage.registry.access_log import Action, Looks, looked_at, newest_looks
from storage.registry.devices import keep_report
from storage.registry.enrolment import forget_pin
from storage.registry.reporting import ReportingStation, read_reporting

_WISHES = (Action.LIVE, Action.SNAPSHOT)
"""Looks that ask something of the station. `STILL_WISH` is the longer of their memories."""


def take_heartbeat(services: Services, caller: Caller, report: StationReport) -> HeartbeatReply:
    """Keep the report with the time it arrived; say what is wanted.

    Raises:
        ForbiddenError: The report speaks for another device.
    """
    if report.device_id != caller.device_id:
        raise ForbiddenError("a device reports for itself alone")
    now_utc = services.now_utc
    # By way of its JSON text, in which a number that is none becomes null: databases differ.
    content = json.loads(report.model_dump_json())
    with services.transaction() as session:
        station = read_reporting(session, caller.device_id)
        if not station.was_heard:
            forget_pin(session, caller.device_id)
        keep_report(session, caller.device_id, content, report.agent_version, now_utc)
        looks = newest_looks(session, tuple(station.stills), _WISHES, now_utc - STILL_WISH)
    demand = _demand(services, station, looks, now_utc)
    smaller = {camera.camera_id for camera in report.cameras if camera.has_smaller}
    return _reply(services, caller, station, smaller, demand)


def _demand(
    services: Services, station: ReportingStation, looks: Looks, now_utc: datetime
) -> Demand:
    return Demand(
        asked_live=looked_at(looks, Action.LIVE, now_utc - LIVE_WISH),
        watched=services.streamer.watched,
        looked_at=looked_at(looks, Action.SNAPSHOT, now_utc - STILL_WISH),
        stills={c: taken_utc for c, taken_utc in station.stills.items() if taken_utc is not None},
    )


def _reply(
    services: Services,
    caller: Caller,
    station: ReportingStation,
    smaller: set[UUID],
    demand: Demand,
) -> HeartbeatReply:
    mode, live, camera_ids = station.mode, station.live, tuple(station.stills)
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
