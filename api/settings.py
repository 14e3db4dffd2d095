"""How the control API is configured: environment `POLLCAM_API_*`, read once at the start."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import SettingsError

_PREFIX = "POLLCAM_API_"
_ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
"""It becomes part of a header, in which a space or a semicolon would say more than an origin."""


class ObjectsKind(StrEnum):
    """Where footage is kept."""

    DISK = "disk"
    S3 = "s3"


class ApiSettings(BaseSettings):
    """Environment `POLLCAM_API_*`. Durations are ISO 8601 (`PT12H`) or seconds."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    data_dir: Path
    """An existing directory: keys, exports and, by default, index and objects."""
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8080, ge=0, le=65535)
    """0: any free one, written to `data_dir/api.port`."""
    public_url: str = "http://127.0.0.1:8080"
    """As browsers and stations reach this API. With https, cookies are marked Secure."""
    streamer_url: str = "http://127.0.0.1:8081"
    """As browsers and stations reach the streamer."""
    streamer_report_url: str = ""
    """As this process reaches the streamer; empty: `streamer_url`."""
    streamer_node: str = ""
    """The streamer's `node`, where tokens are to be good for that one alone. Empty: for any that
    knows the key, as is needed where a streamer sends people on to another."""
    hls_url: str = ""
    """As browsers reach live HLS, where a cache or CDN stands before this API; empty:
    `public_url`."""
    live_engines: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins, comma-separated, to which the streamer may send pages on (its `ENGINE`), as
    `https://b.example:8889`. Pages connect to no other."""
    database_url: SecretStr = SecretStr("")
    """`sqlite:///path` or `postgresql+psycopg://…`; empty: `data_dir/index.db`."""
    objects: ObjectsKind = ObjectsKind.DISK
    """`disk`: below `data_dir/objects`; `s3`: the bucket below."""
    s3_endpoint: str = ""
    s3_public_endpoint: str = ""
    """As stations reach it, where that differs."""
    s3_bucket: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks, comma-separated, whose `X-Forwarded-*` is believed."""
    session_lifetime: timedelta = timedelta(hours=12)
    """A shift; after it people sign in again."""
    login_window: timedelta = timedelta(minutes=15)
    """How long failed sign-ins are remembered."""
    login_failures_per_account: int = Field(default=10, ge=1)
    login_failures_per_address: int = Field(default=50, ge=1)
    """Higher than per account: a control room may share one address."""
    enrolment_lifetime: timedelta = timedelta(days=14)
    export_lifetime: timedelta = timedelta(days=7)
    """How long a finished export can be downloaded."""
    export_workers: int = Field(default=1, ge=1, le=8)
    """How many exports are made at the same time."""
    export_max_duration: timedelta = timedelta(hours=24)
    """The longest range of one export."""
    fleet_interval: timedelta = timedelta(seconds=1)
    """How often the state of all stations is judged."""
    log_level: str = "INFO"

    @field_validator("trusted_proxies", "live_engines", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @field_validator("live_engines")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin} is no origin like https://b.example:8889")
        return value

    @field_validator("public_url", "streamer_url", "streamer_report_url", "hls_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("http", "https") or not url.netloc):
            raise ValueError("must be an address like https://pollcam.example")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not self.data_dir.is_dir():
            raise ValueError(f"data_dir: {self.data_dir} is not a directory")
        secrets = (self.s3_access_key.get_secret_value(), self.s3_secret_key.get_secret_value())
        needed = (self.s3_endpoint, self.s3_bucket, *secrets)
        if self.objects is ObjectsKind.S3 and not all(needed):
            raise ValueError("objects=s3 needs endpoint, bucket, access key and secret key")
        return self

    @property
    def index_url(self) -> str:
        """Where the index is, with its password: not for logs."""
        given = self.database_url.get_secret_value()
        return given or f"sqlite:///{self.data_dir.absolute() / 'index.db'}"

    @property
    def is_https(self) -> bool:
        """Whether people reach the API by https."""
        return self.public_url.startswith("https:")


def load_settings(environ: Mapping[str, str]) -> ApiSettings:
    """Read the settings of this process.

    Raises:
        SettingsError: Something is missing, wrong, or not a setting of ours.
    """
    known = {_PREFIX + name.upper() for name in ApiSettings.model_fields}
    strangers = sorted(n for n in environ if n.upper().startswith(_PREFIX) and n not in known)
    if strangers:
        raise SettingsError(f"there is no setting {', '.join(strangers)}")
    try:
        return ApiSettings()  # type: ignore[call-arg] # data_dir comes from the environment
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(e) for e in error.errors())) from error


def _sentence(error: object) -> str:
    facts = error if isinstance(error, dict) else {}
    name = "_".join(str(part) for part in facts.get("loc", ()))
    message = str(facts.get("msg", "")).removeprefix("Value error, ")
    return f"{_PREFIX}{name.upper()}: {message}" if name else message
