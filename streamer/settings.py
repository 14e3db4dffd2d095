"""How the streamer is configured: environment `POLLCAM_STREAMER_*`, read once at the start."""

import base64
import binascii
import socket
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from core.errors import SettingsError
from streamer.limits import Limits
from streamer.reach_settings import ReachSettings

_PREFIX = "POLLCAM_STREAMER_"
_KEY_BYTES = 32


class StreamerSettings(ReachSettings):
    """Environment `POLLCAM_STREAMER_*`. Durations are ISO 8601 (`PT30S`) or seconds."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    api_public_key: str
    """The API's Ed25519 key, 32 bytes in base64: who signs live tokens."""
    node: str = Field(default_factory=socket.gethostname, min_length=1, max_length=64)
    """This node's name in reports and metrics."""
    viewers_max: int = Field(default=2000, ge=1)
    viewers_per_camera_max: int = Field(default=1000, ge=1)
    viewers_per_account_max: int = Field(default=64, ge=1)
    viewers_per_address_max: int = Field(default=500, ge=1)
    """Behind one address, or one /64 network of IPv6, a whole control room may sit."""
    publications_max: int = Field(default=500, ge=1)
    publications_per_device_max: int = Field(default=16, ge=1)
    """One station's cameras."""
    publisher_grace: timedelta = timedelta(seconds=30)
    """How long viewers are kept when their station's stream ends, in case it comes back."""
    requests_per_s: float = Field(default=10.0, gt=0)
    """Of one account or device, for long; ten times that at once."""
    requests_per_address_per_s: float = Field(default=50.0, gt=0)
    """To begin a session, from one address, with whatever token; ten times that at once."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    """Addresses or networks, comma-separated, whose `X-Forwarded-For` is believed."""
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

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(network, strict=False)) for network in value)

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
            viewers_per_address=self.viewers_per_address_max,
            publications_per_node=self.publications_max,
            publications_per_subject=self.publications_per_device_max,
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
    return f"{_PREFIX}{name.upper()}: {message}" if name else message
