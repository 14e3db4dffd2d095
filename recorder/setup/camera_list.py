"""Cameras listed in a file, so that their passwords stand on no command line. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import SettingsError

_SUBSTREAM = " substream="


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCamera:
    """Where a camera is. Addresses may carry passwords."""

    address: str
    substream: str | None = None
    """Its smaller stream."""


def read_camera_list(text: str) -> tuple[ListedCamera, ...]:
    """Read a list of cameras, one a line in the order of their positions.

    A line is an address, and behind it ` substream=` and that of the smaller stream where there
    is one. Empty lines and those that begin with `#` count for nothing.

    Raises:
        SettingsError: There is none, or a line is not of this form; no address is shown.
    """
    found = tuple(_cameras(text))
    if not found:
        raise SettingsError("the list of cameras is empty; write one address a line")
    return found


def write_camera_list(cameras: Sequence[ListedCamera]) -> str:
    """The list that `read_camera_list` reads as these cameras.

    Raises:
        SettingsError: There is none, or an address cannot stand in a line; none is shown.
    """
    text = "".join(f"{_line(camera)}\n" for camera in cameras)
    if read_camera_list(text) != tuple(cameras):
        raise SettingsError("an address holds what cannot be written in a list of cameras")
    return text


def _line(camera: ListedCamera) -> str:
    smaller = "" if camera.substream is None else f"{_SUBSTREAM}{camera.substream}"
    return f"{camera.address}{smaller}"


def _cameras(text: str) -> Iterator[ListedCamera]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        address, mark, substream = (part.strip() for part in line.partition(_SUBSTREAM))
        if not address or (mark and not substream):
            raise SettingsError(f"line {number} of the list of cameras: ADDRESS substream=ADDRESS")
        yield ListedCamera(address=address, substream=substream or None)
