"""Looks whether the user's cameras give video, before anything is started."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.demo.country import GivenCamera
from core.errors import SettingsError
from recorder.setup.camera_list import ListedCamera

if TYPE_CHECKING:
    from recorder.sources.address import SourceAddress

_LIVE = "h264"
"""What browsers can be shown live."""


def checked_cameras(cameras: Sequence[ListedCamera]) -> tuple[GivenCamera, ...]:
    """Open each stream and wait for its first picture.

    Raises:
        SettingsError: One gives none; the sentence has no password in it.
    """
    return tuple(map(_checked, cameras))


def _checked(camera: ListedCamera) -> GivenCamera:
    address, codec = _looked_at(camera.address)
    if camera.substream is None:
        return GivenCamera(address=address, is_live=codec == _LIVE)
    substream, smaller = _looked_at(camera.substream)
    is_live = codec == smaller == _LIVE
    return GivenCamera(address=address, substream=substream, is_live=is_live)


def _looked_at(address: str) -> tuple[str, str]:
    """The address, a file's from the root, and the codec of its video."""
    from recorder.errors import SourceError
    from recorder.sources.address import SourceKind, read_address

    source = read_address(address)
    if source.kind is SourceKind.FILE:
        address = str(Path(source.location).absolute())
        if not Path(address).is_file():
            raise SettingsError(f"camera {source.shown}: there is no such file")
        source = read_address(address)
    if source.kind is SourceKind.DEVICE and not Path(source.location).exists():
        raise SettingsError(f"camera {source.shown}: there is no such device")
    try:
        return address, _codec(source)
    except SourceError as error:
        raise SettingsError(f"camera {source.shown}: {error}") from None


def _codec(source: "SourceAddress") -> str:
    from core.clock import SystemClock
    from recorder.errors import SourceSilentError
    from recorder.sources.opening import open_source

    session = open_source(source, SystemClock(), threading.Event())
    try:
        codec = session.video.codec_context.name
        for packet in session.packets():
            if packet.size and packet.stream_index == session.video.index:
                return codec
        raise SourceSilentError("it holds no picture")
    finally:
        session.close()
