"""How a station agent is configured: one TOML file, read once at the start."""

import logging
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from core.errors import SettingsError
from core.station import LiveMode, StationMode
from recorder.camera import CameraPlan
from recorder.setup.device_key import load_device_key
from recorder.sources.address import SourceAddress, Transport, read_address

__all__ = ["AgentConfig", "CameraConfig", "load_config", "load_device_key"]

MAX_CAMERAS = 16
"""As many as one heartbeat may speak of."""


class UploadOrder(StrEnum):
    """Which footage goes first when the link returns."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class Table(BaseModel):
    """A table of the file: unchangeable, and a mistyped key is refused by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UplinkConfig(Table):
    """`[uplink]`: how footage goes to the centre."""

    max_kbps: int | None = Field(default=None, gt=0)
    """Kilobits a second that footage may take of the link. None: all of it. The centre may set
    a tighter one."""
    order: UploadOrder = UploadOrder.OLDEST_FIRST


class DiskConfig(Table):
    """`[disk]`: the recording disk."""

    reserve: ByteSize = Field(default=ByteSize(2**30), ge=0)
    """Room to keep free, for example `"1GiB"`: below it, uploaded footage is deleted first."""


class CameraConfig(Table):
    """`[[cameras]]`: one camera."""

    camera_id: UUID
    position: int = Field(ge=1)
    """How people name it: camera 1, camera 2."""
    name: str = ""
    address: SecretStr
    """`rtsp://…`, `/dev/video0`, a file's path, or `test:`; may hold a password."""
    substream: SecretStr | None = None
    """The camera's smaller stream, for live at stations with a narrow link."""
    publish_both: bool = False
    """Whether live is the recorded stream, and the smaller one goes beside it for viewers with a
    narrow link; else the smaller one is live alone. Takes both of the station's link."""
    transport: Transport = Transport.TCP
    """How RTSP carries its packets."""
    audio: bool = False
    """Whether sound is recorded, too."""

    @field_validator("address", "substream")
    @classmethod
    def _can_be_opened(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                read_address(value.get_secret_value())
            except SettingsError as error:
                raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if self.publish_both and self.substream is None:
            raise ValueError("publish_both: there is no substream")
        return self

    @property
    def source(self) -> SourceAddress:
        """What is recorded."""
        text = self.address.get_secret_value()
        return read_address(text, transport=self.transport, has_sound=self.audio)


class AgentConfig(Table):
    """The whole file, as `pollcam agent enroll` writes it."""

    server: str
    """The centre's address."""
    device_id: UUID
    station_id: UUID
    station_number: str
    station_name: str = ""
    timezone: str = "Asia/Bishkek"
    """In which the station's page shows times."""
    mode: StationMode
    """Until the centre says another."""
    live: LiveMode
    """Until the centre says another."""
    pin_hash: SecretStr
    """Argon2 hash of the six digits that open stills and figures on the station's page."""
    key_file: Path = Path("device.key")
    """The device's key, relative to this file's folder; readable by the agent alone."""
    spool: Path = Path("spool")
    """Where footage lies, relative to this file's folder."""
    listen: str = "0.0.0.0:8088"
    """Address and port of the station's page."""
    log_level: str = "INFO"
    uplink: UplinkConfig = UplinkConfig()
    disk: DiskConfig = DiskConfig()
    cameras: tuple[CameraConfig, ...] = Field(min_length=1, max_length=MAX_CAMERAS)

    _folder: Path = PrivateAttr(default=Path())

    def model_post_init(self, context: Any) -> None:  # noqa: ANN401 pydantic's
        """Keep the folder that paths are relative to."""
        self._folder = (context or {}).get("folder", Path())

    @property
    def key_path(self) -> Path:
        """Where the device's key is."""
        return self._folder / self.key_file

    @property
    def spool_path(self) -> Path:
        """Where footage goes."""
        return self._folder / self.spool

    def camera_plans(self, segment_target_s: float) -> tuple[CameraPlan, ...]:
        """What is recorded, by position.

        Args:
            segment_target_s: Wanted length of segments, seconds.
        """
        return tuple(
            CameraPlan(
                camera_id=camera.camera_id,
                position=camera.position,
                source=camera.source,
                segment_target_s=segment_target_s,
            )
            for camera in sorted(self.cameras, key=lambda camera: camera.position)
        )

    @field_validator("server")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        return checked_server(value)

    @field_validator("listen")
    @classmethod
    def _is_listenable(cls, value: str) -> str:
        return checked_listen(value)

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value not in logging.getLevelNamesMapping():
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value

    @field_validator("pin_hash")
    @classmethod
    def _is_hash(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("$argon2"):
            raise ValueError("must be an argon2 hash, not the digits themselves")
        return value

    @model_validator(mode="after")
    def _has_every_camera_once(self) -> Self:
        for name in ("camera_id", "position"):
            if len({getattr(camera, name) for camera in self.cameras}) < len(self.cameras):
                raise ValueError(f"cameras: two have the same {name}")
        return self


def checked_server(value: str) -> str:
    """The centre's address without a slash at its end.

    Raises:
        ValueError: It is none.
    """
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or "@" in url.netloc:
        raise ValueError("must be an address like https://pollcam.example")
    return value.rstrip("/")


def checked_listen(value: str) -> str:
    """An address to listen on, as it was given.

    Raises:
        ValueError: It is none.
    """
    host, _, port = value.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError("must be HOST:PORT, like 0.0.0.0:8088")
    return value


def load_config(path: Path) -> AgentConfig:
    """Read the file.

    Raises:
        SettingsError: It is missing, is no TOML, or something in it is wrong. The sentence names
            file and key, never a value that may be a secret.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not a text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    try:
        return AgentConfig.model_validate(tables, context={"folder": path.absolute().parent})
    except ValidationError as error:
        # Not chained: pydantic's own text shows the values.
        raise SettingsError(f"{path}: {'; '.join(map(_sentence, error.errors()))}") from None


def _sentence(error: Any) -> str:  # noqa: ANN401 pydantic's dictionary
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no setting {key}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
