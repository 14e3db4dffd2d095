"""A device becomes known: its token is spent and its key registered, both or neither."""

from base64 import b64decode
from binascii import Error as Base64Error
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from api.services import Services
from core.errors import BadInputError, UnauthenticatedError
from core.station import LiveMode, StationMode
from core.wire.enrol import EnrolledCamera, EnrolReply, EnrolRequest
from storage.registry.access_log import Access, Action, log_access
from storage.registry.devices import NewDevice, add_device, find_device_key
from storage.registry.enrolment import (
    EnrolmentTokenUsedError,
    SpentToken,
    bind_token,
    spend_token,
)
from storage.registry.incidents import Occurrence, Place, report_occurrence
from storage.registry.stations import get_station, list_cameras

_PROOF_PREFIX = b"pollcam-enrol-v1\n"


def enrol(services: Services, request: EnrolRequest, address: str) -> EnrolReply:
    """Register a device.

    The same device may repeat the call with its token until its first heartbeat: the answer
    can get lost on the way.

    Raises:
        BadInputError: The key is none.
        UnauthenticatedError: The proof is wrong, or the token unknown, expired or used.
    """
    _check_proof(request)
    try:
        with services.transaction() as session:
            return _register(services, session, request, address)
    except EnrolmentTokenUsedError as error:
        return _repeated(services, request, error)


def _check_proof(request: EnrolRequest) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(request.public_key, validate=True))
        proof = b64decode(request.proof, validate=True)
    except (Base64Error, ValueError) as error:
        raise BadInputError("public_key and proof must be base64; the key has 32 bytes") from error
    try:
        key.verify(proof, _PROOF_PREFIX + request.token.encode())
    except InvalidSignature as error:
        raise UnauthenticatedError("the proof is not signed by the key") from error


def _register(
    services: Services, session: Session, request: EnrolRequest, address: str
) -> EnrolReply:
    now_utc = services.now_utc
    spent = spend_token(session, request.token, now_utc)
    new = NewDevice(
        station_id=spent.station_id,
        public_key=request.public_key,
        agent_version=request.agent_version,
    )
    device = add_device(session, new, now_utc)
    bind_token(session, request.token, device.device_id)
    access = Access(
        action=Action.DEVICE_ENROLLED,
        account_id=None,
        address=address,
        station_id=spent.station_id,
        detail=str(device.device_id),
    )
    log_access(session, access, now_utc)
    return _reply(session, device.device_id, spent)


def _repeated(
    services: Services, request: EnrolRequest, error: EnrolmentTokenUsedError
) -> EnrolReply:
    with services.transaction() as session:
        known = find_device_key(session, error.device_id) if error.device_id else None
        is_same = known is not None and known.public_key == request.public_key
        if is_same and error.station_pin and error.device_id:
            spent = SpentToken(station_id=error.station_id, station_pin=error.station_pin)
            return _reply(session, error.device_id, spent)
        what = Occurrence(
            kind="enrolment_token_reused",
            place=Place(station_id=error.station_id),
            device_id=error.device_id,
            detail="an enrolment token that was used before was tried again",
        )
        report_occurrence(session, what, services.now_utc)
    raise error


def _reply(session: Session, device_id: UUID, spent: SpentToken) -> EnrolReply:
    station = get_station(session, spent.station_id)
    cameras = [c for c in list_cameras(session, spent.station_id) if c.is_active]
    return EnrolReply(
        device_id=device_id,
        station_id=station.station_id,
        station_number=station.number,
        station_name=station.name,
        timezone=station.timezone,
        mode=StationMode(station.mode),
        live=LiveMode(station.live),
        cameras=tuple(
            EnrolledCamera(camera_id=c.camera_id, position=c.position, name=c.name) for c in cameras
        ),
        station_pin=spent.station_pin,
    )
