"""Looks whether the user's cameras give video, before anything is started."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.demo.country import GivenCamera
from core.errors import SettingsError

if TYPE_CHECKING:
    from recorder.sources.address import SourceAddress


def checked_cameras(addresses: Sequence[str]) -> tuple[GivenCamera, ...]:
    """Open each camera and wait for its first picture.

    Raises:
        SettingsError: One gives none; the sentence has no password in it.
    """
    return tuple(map(_checked, addresses))


def _checked(address: str) -> GivenCamera:
    from recorder.errors import SourceError
    from recorder.sources.address import SourceKind, read_address

    source = read_address(address)
    if source.kind is SourceKind.FILE:
        address = str(Path(source.location).absolute())
        if not Path(address).is_file():
            raise SettingsError(f"--camera {source.shown}: there is no such file")
        source = read_address(address)
    if source.kind is SourceKind.DEVICE and not Path(source.location).exists():
        raise SettingsError(f"--camera {source.shown}: there is no such device")
    try:
        codec = _codec(source)
    except SourceError as error:
        raise SettingsError(f"--camera {source.shown}: {error}") from None
    return GivenCamera(address=address, is_live=codec == "h264")


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
