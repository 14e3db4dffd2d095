"""Which device calls: `core.device_token`, held to the registry."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.services import Use
from core.device_token import check_device_token, claimed_device
from core.errors import UnauthenticatedError
from storage.ingest import Caller


async def current_device(request: Request, services: Use) -> Caller:
    """The device that calls.

    Its key is remembered from its first call on; whether it was revoked since is for the
    transaction that acts on the call to ask, see `storage.intake.devices`.

    A token may be replayed for as long as `core.device_token` tolerates wrong clocks: every
    call of a device is idempotent, and TLS keeps its tokens from others.

    Raises:
        UnauthenticatedError: No token, a token of nobody we know, or of a revoked device.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthenticatedError("a device token is needed")
    device_id, devices = claimed_device(token.strip()), services.ingest.devices
    device = devices.remembered(device_id)
    is_known = device is not None
    if device is None:
        device = await run_in_threadpool(devices.find, device_id)
    check_device_token(token.strip(), device.key, services.now_utc)
    if not is_known:
        devices.remember(device_id, device)
    return Caller(device_id=device_id, station_id=device.station_id)


CallingDevice = Annotated[Caller, Depends(current_device)]
