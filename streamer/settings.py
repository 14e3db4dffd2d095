"""How the streamer is configured: environment `POLLCAM_STREAMER_*`, read once at the start."""

import base64
import binascii
import socket
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import SettingsError
from streamer.crew.assignment import MAX_WORKERS
from streamer.limits import Limits

_PREFIX = "POLLCAM_STREAMER_"
_KEY_BYTES = 32


class StreamerSettings(BaseSettings):
    """Environment `POLLCAM_STREAMER_*`. Durations are ISO 8601 (`PT30S`) or seconds."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    api_public_key: str
    """The API's Ed25519 key, 32 bytes in base64: who signs live tokens."""
    node: str = Field(default_factory=socket.gethostname, min_length=1, max_length=64)
    """This node's name in reports and metrics."""
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8081, ge=0, le=65535)
    """0: any free one, told in the log."""
    public_address: str | None = None
    """IP address at which peers reach this node's UDP ports, where it is not the machine's own
    (NAT), or the only one wanted. None: every address of the machine but loopback."""
    udp_addresses: Annotated[tuple[str, ...], NoDecode] = ()
    """Local IP addresses, comma-separated, to open UDP ports on. Empty: the public address where
    it is the machine's own, else any."""
    udp_port: int = Field(default=0, ge=0, le=65535)
    """UDP port of all media on each of these addresses: what a firewall must let through. 0: any
    free one."""
    workers: int = Field(default=1, ge=1, le=MAX_WORKERS)
    """Processes that share the cameras, one core each. With more than one, worker n has the UDP
    port `udp_port` + n, and the limits below are each worker's."""
    worker: int = Field(default=0, ge=0, lt=MAX_WORKERS)
    """Which of them this process is; set by the one that starts them."""
    viewers_max: int = Field(default=2000, ge=1)
    viewers_per_camera_max: int = Field(default=1000, ge=1)
    viewers_per_account_max: int = Field(default=64, ge=1)
    publications_max: int = Field(default=500, ge=1)
    publisher_grace: timedelta = timedelta(seconds=30)
    """How long viewers are kept when their station's stream ends, in case it comes back."""
    requests_per_s: float = Field(default=10.0, gt=0)
    """Of one account or device, for long; ten times that at once."""
    log_level: str = "INFO"

    @field_validator("api_public_key")
    @classmethod
    def _is_key(cls, value: str) -> str:
        try:
            is_whole = len(base64.b64decode(value, validate=True)) == _KEY_BYTES
        except binascii.Error as error:
            raise ValueError("must be base64") from error
        if not is_whole:
            raise ValueError(f"must be {_KEY_BYTES} bytes in base64")
        return value

    @field_validator("udp_addresses", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("udp_addresses")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_address(address)) for address in value)

    @field_validator("public_address", mode="before")
    @classmethod
    def _is_address(cls, value: object) -> object:
        return str(ip_address(str(value))) if value else None

    @property
    def key(self) -> Ed25519PublicKey:
        """The API's public key."""
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(self.api_public_key))

    @property
    def limits(self) -> Limits:
        """What this node carries."""
        return Limits(
            viewers_per_node=self.viewers_max,
            viewers_per_camera=self.viewers_per_camera_max,
            viewers_per_subject=self.viewers_per_account_max,
            publications_per_node=self.publications_max,
        )


def load_settings(environ: Mapping[str, str]) -> StreamerSettings:
    """Read the settings of this process.

    Raises:
        SettingsError: Something is missing, wrong, or not a setting of ours.
    """
    known = {_PREFIX + name.upper() for name in StreamerSettings.model_fields}
    strangers = sorted(n for n in environ if n.upper().startswith(_PREFIX) and n not in known)
    if strangers:
        raise SettingsError(f"there is no setting {', '.join(strangers)}")
    try:
        return StreamerSettings()  # type: ignore[call-arg] # the key comes from the environment
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(e) for e in error.errors())) from error


def _sentence(error: object) -> str:
    facts = error if isinstance(error, dict) else {}
    name = "_".join(str(part) for part in facts.get("loc", ()))
    message = str(facts.get("msg", "")).removeprefix("Value error, ")
    return f"{_PREFIX}{name.upper()}: {message}"
