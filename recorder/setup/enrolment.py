"""Makes this machine the recorder of a station: key, registration, configuration.

Each step is durable before the next, and a call that was cut off is repeated with the same
token: the key stays, and the centre answers the same device again.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr, ValidationError

from core.errors import ConflictError, SettingsError, UnauthenticatedError, UnavailableError
from core.wire.enrol import EnrolledCamera, EnrolReply, EnrolRequest
from recorder.centre.errors import detail_of
from recorder.setup.config import AgentConfig, CameraConfig
from recorder.setup.config_file import write_config
from recorder.setup.device_key import load_device_key, make_device_key, public_text
from recorder.sources.address import Transport

_PROOF_PREFIX = b"pollcam-enrol-v1\n"
_KEY_NAME = "device.key"
_TIMEOUT = httpx.Timeout(30.0)
# Small: the page checks PINs beside the recording, and six digits are guarded by the limit on
# tries, not by the hash. The hash keeps them from who reads a copy of the file in passing.
_PINS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class EnrolmentRefusedError(UnauthenticatedError):
    """The centre does not take this token. Its own sentence says why."""


class KeyRegisteredError(ConflictError):
    """The centre knows this machine's key from an earlier enrolment."""


class EnrolmentUnansweredError(UnavailableError):
    """The centre did not answer, or something else did. The same call may be repeated."""


class CameraCountError(SettingsError):
    """The addresses do not match the cameras that the centre knows. The token stays good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOrder:
    """Where a camera is, as the technician says."""

    address: str
    substream: str | None = None
    publish_both: bool = False
    """Whether the smaller stream goes beside the whole one, and not in its place."""
    has_sound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentOrder:
    """What the technician says; checked by whoever makes it."""

    server: str
    token: str
    config_path: Path
    cameras: tuple[CameraOrder, ...]
    """In the order of the cameras' positions."""
    transport: Transport = Transport.TCP
    listen: str | None = None
    """None: as `recorder.setup.config` has it."""
    spool: Path | None = None
    """None: beside the configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What was done."""

    config: AgentConfig
    station_pin: str
    """To be shown once; the configuration has only its hash."""


def enrol(order: EnrolmentOrder, client: httpx.Client) -> Enrolled:
    """Register this machine and write its configuration.

    Raises:
        SettingsError: It is enrolled already, or key or configuration cannot be written or read.
        CameraCountError: More or fewer addresses than cameras.
        EnrolmentRefusedError: The token is not known, expired, or used by another device.
        KeyRegisteredError: The key is known from before.
        EnrolmentUnansweredError: No answer.
    """
    if order.config_path.exists():
        raise SettingsError(
            f"this machine is enrolled already: {order.config_path} exists; to enrol it anew,"
            " move that file and the device's key away"
        )
    key_path = order.config_path.with_name(_KEY_NAME)
    reply = _register(order, key_path, _key(key_path), client)
    config = _config(order, reply)
    write_config(order.config_path, config)
    return Enrolled(config=config, station_pin=reply.station_pin)


def _key(path: Path) -> Ed25519PrivateKey:
    """The key of a call that was cut off, else a new one."""
    if path.exists():
        return load_device_key(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{path.parent} cannot be made: {error.strerror}") from error
    return make_device_key(path)


def _register(
    order: EnrolmentOrder, key_path: Path, key: Ed25519PrivateKey, client: httpx.Client
) -> EnrolReply:
    request = EnrolRequest(
        token=order.token,
        public_key=public_text(key),
        proof=b64encode(key.sign(_PROOF_PREFIX + order.token.encode())).decode(),
        agent_version=version("pollcam"),
    )
    answer = _asked(f"{order.server}/api/v1/agent/enrol", request, client)
    if answer.status_code == HTTPStatus.CONFLICT:
        raise KeyRegisteredError(
            f"the centre knows this machine's key from an earlier enrolment; remove {key_path}"
            " and call again"
        )
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise EnrolmentRefusedError(detail_of(answer))
    if not answer.is_success:
        raise EnrolmentUnansweredError(
            f"{order.server} answered {answer.status_code}: {detail_of(answer)}"
        )
    try:
        return EnrolReply.model_validate_json(answer.content)
    except ValidationError:  # not chained: its text would show the PIN
        raise EnrolmentUnansweredError(f"{order.server} is no pollcam control API") from None


def _asked(url: str, request: EnrolRequest, client: httpx.Client) -> httpx.Response:
    headers = {"content-type": "application/json"}
    try:
        return client.post(
            url, content=request.model_dump_json(), headers=headers, timeout=_TIMEOUT
        )
    except (httpx.HTTPError, OSError) as error:
        raise EnrolmentUnansweredError(f"{url} does not answer: {error}") from error


def _config(order: EnrolmentOrder, reply: EnrolReply) -> AgentConfig:
    given: dict[str, object] = {"listen": order.listen, "spool": order.spool}
    return AgentConfig.model_validate(
        {
            "server": order.server,
            "device_id": reply.device_id,
            "station_id": reply.station_id,
            "station_number": reply.station_number,
            "station_name": reply.station_name,
            "timezone": reply.timezone,
            "mode": reply.mode,
            "live": reply.live,
            "pin_hash": _PINS.hash(reply.station_pin),
            "key_file": Path(_KEY_NAME),
            "cameras": _cameras(order, reply),
            **{name: value for name, value in given.items() if value is not None},
        },
        context={"folder": order.config_path.absolute().parent},
    )


def _cameras(order: EnrolmentOrder, reply: EnrolReply) -> tuple[CameraConfig, ...]:
    known = sorted(reply.cameras, key=lambda camera: camera.position)
    if len(known) != len(order.cameras):
        raise CameraCountError(_count_sentence(known, len(order.cameras)))
    pairs = zip(known, order.cameras, strict=True)
    return tuple(_camera(camera, said, order.transport) for camera, said in pairs)


def _camera(camera: EnrolledCamera, said: CameraOrder, transport: Transport) -> CameraConfig:
    return CameraConfig(
        camera_id=camera.camera_id,
        position=camera.position,
        name=camera.name,
        address=SecretStr(said.address),
        substream=None if said.substream is None else SecretStr(said.substream),
        transport=transport,
        publish_both=said.publish_both,
        audio=said.has_sound,
    )


def _count_sentence(known: Sequence[EnrolledCamera], given: int) -> str:
    names = ", ".join(f"{c.position} {c.name}".strip() for c in known) or "none"
    return (
        f"the centre knows {len(known)} cameras at this station ({names}), and {given} addresses"
        " were given; call again with the same token and one address for each"
    )
