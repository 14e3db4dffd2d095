"""Which device calls: `core.device_token`, held to the registry."""

from base64 import b64decode
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Depends, Request

from api.services import Use
from core.device_token import check_device_token, claimed_device
from core.errors import UnauthenticatedError
from storage.ingest import Caller
from storage.registry.devices import find_device_key


def current_device(request: Request, services: Use) -> Caller:
    """The device that calls.

    A token may be replayed for as long as `core.device_token` tolerates wrong clocks: every
    call of a device is idempotent, and TLS keeps its tokens from others.

    Raises:
        UnauthenticatedError: No token, a token of nobody we know, or of a revoked device.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthenticatedError("a device token is needed")
    device_id = claimed_device(token.strip())
    with services.transaction() as session:
        found = find_device_key(session, device_id)
    if found is None or found.is_revoked:
        raise UnauthenticatedError("this device is not, or no longer, enrolled")
    key = Ed25519PublicKey.from_public_bytes(b64decode(found.public_key))
    check_device_token(token.strip(), key, services.now_utc)
    return Caller(device_id=device_id, station_id=found.station_id)


CallingDevice = Annotated[Caller, Depends(current_device)]
