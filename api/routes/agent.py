"""`/api/v1/agent`: what stations call; house.md section 3.1.

The calls of every few seconds are answered on the loop but for one visit to a thread, where the
index is asked: passing a request on to another thread costs as much as a query.
"""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, status
from starlette.concurrency import run_in_threadpool

from api.auth.current import anybody
from api.auth.device import CallingDevice
from api.enrolling import enrol
from api.heartbeats import take_heartbeat
from api.services import CallerAddress, Services, Use
from api.v1 import V1
from core.errors import BadInputError, NotFoundError
from core.wire.enrol import EnrolReply, EnrolRequest
from core.wire.heartbeat import HeartbeatReply, KnockReply, StationReport
from core.wire.upload import (
    ConfirmReply,
    ConfirmRequest,
    EntriesReply,
    EntriesRequest,
    GrantsReply,
    GrantsRequest,
)
from storage.ingest import Caller
from storage.registry.devices import check_trust
from storage.registry.stations import get_camera
from storage.registry.stills import keep_still

_JPEG_START = b"\xff\xd8\xff"

router = APIRouter(prefix=f"{V1}/agent", tags=["agent"])


@router.post("/enrol", dependencies=[Depends(anybody)])
def enrol_device(request: EnrolRequest, services: Use, address: CallerAddress) -> EnrolReply:
    """Register a device by its single-use token."""
    return enrol(services, request, address)


@router.post("/heartbeat")
async def heartbeat(report: StationReport, services: Use, caller: CallingDevice) -> HeartbeatReply:
    """Say how the station is; learn what is wanted of it."""
    return await run_in_threadpool(take_heartbeat, services, caller, report)


@router.get("/knock")
async def wait_for_knock(
    services: Use,
    caller: CallingDevice,
    within_s: Annotated[float, Query(ge=0, le=30, allow_inf_nan=False)] = 25.0,
) -> KnockReply:
    """Wait until somebody wants to see this station live, or until the time is up."""
    await run_in_threadpool(_check_trust, services, caller)
    return KnockReply(is_wanted=await services.knocks.wait(caller.station_id, within_s))


@router.put("/cameras/{camera_id}/still", status_code=status.HTTP_204_NO_CONTENT)
def put_still(
    camera_id: UUID,
    jpeg: Annotated[bytes, Body(media_type="image/jpeg")],
    services: Use,
    caller: CallingDevice,
    age_s: Annotated[float, Query(ge=0, le=3600, allow_inf_nan=False)] = 0.0,
) -> None:
    """Hand in a camera's newest still."""
    if not jpeg.startswith(_JPEG_START):
        raise BadInputError("a still must be a JPEG")
    taken_utc = services.now_utc - timedelta(seconds=age_s)
    with services.transaction() as session:
        check_trust(session, caller.device_id)
        camera, _ = get_camera(session, camera_id)
        if camera.station_id != caller.station_id:
            raise NotFoundError("there is no such camera")
        keep_still(session, camera_id, taken_utc, jpeg)


@router.post("/entries")
async def accept_entries(
    request: EntriesRequest, services: Use, caller: CallingDevice
) -> EntriesReply:
    """Hand in signed entries."""
    return await run_in_threadpool(services.ingest.accept_entries, caller, request.lines)


@router.post("/grants")
async def give_grants(request: GrantsRequest, services: Use, caller: CallingDevice) -> GrantsReply:
    """Ask for places to put objects."""
    return await run_in_threadpool(services.ingest.grant, caller, request.objects)


@router.post("/confirm")
async def confirm(request: ConfirmRequest, services: Use, caller: CallingDevice) -> ConfirmReply:
    """Have arrived objects checked and committed."""
    return await run_in_threadpool(services.ingest.confirm, caller, request.object_ids)


def _check_trust(services: Services, caller: Caller) -> None:
    with services.transaction() as session:
        check_trust(session, caller.device_id)
