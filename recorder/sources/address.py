"""How a camera's address is written, and what kind of source it means. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import SettingsError
from core.redact import redacted
from recorder.sources.pattern import read_pattern


class SourceKind(StrEnum):
    """What stands behind an address."""

    RTSP = "rtsp"
    DEVICE = "device"
    """A camera of this machine, by Video4Linux."""
    FILE = "file"
    TEST = "test"
    """A simulated camera with a burnt-in clock: `test:NAME?size=640x360&fps=15&gop=30&kbps=400`.

    Every option may be left out. The name is shown in the picture; see
    `recorder.sources.pattern`.
    """


class Transport(StrEnum):
    """How RTSP carries its packets."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAddress:
    """One camera's source, as it was configured."""

    kind: SourceKind
    location: str
    """The URL, path or name. May carry credentials: never show it, show `shown`."""
    transport: Transport = Transport.TCP
    has_sound: bool = False
    is_looped: bool = True
    """Files only: begin again at the end, as a camera would go on."""

    @property
    def shown(self) -> str:
        """The location without its secrets."""
        return redacted(self.location)


def read_address(
    text: str,
    *,
    transport: Transport = Transport.TCP,
    has_sound: bool = False,
    is_looped: bool = True,
) -> SourceAddress:
    """Tell what an address means: `rtsp://…`, `/dev/video…`, `test:…`, or a file's path.

    Raises:
        SettingsError: Nothing this agent can open; the text carries no credentials.
    """
    kind = _kind(text)
    location = text.removeprefix("test:").removeprefix("file:")
    if kind is SourceKind.TEST:
        read_pattern(location)
    return SourceAddress(
        kind=kind,
        location=location,
        transport=transport,
        has_sound=has_sound,
        is_looped=is_looped,
    )


def _kind(text: str) -> SourceKind:
    if text.startswith(("rtsp://", "rtsps://")):
        return SourceKind.RTSP
    if text.startswith("test:"):
        return SourceKind.TEST
    if text.startswith("/dev/"):
        return SourceKind.DEVICE
    if "://" in text or not text.strip():
        raise SettingsError(
            f"{redacted(text)!r} is no camera address; write rtsp://…, /dev/video0, a file or test:"
        )
    return SourceKind.FILE
