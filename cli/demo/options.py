"""What the demo was asked for."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from cli.cameras_from import listed_cameras
from core.errors import SettingsError
from recorder.setup.camera_list import ListedCamera

MAX_STATIONS = 50
_GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line, checked."""

    stations: int
    cameras: tuple[ListedCamera, ...]
    """The user's own; their addresses may carry passwords."""
    folder: Path
    port: int
    limit_bytes: int
    is_json: bool


def options_of(args: argparse.Namespace) -> Options:
    """Check the command line.

    Raises:
        SettingsError: Something in it cannot be.
    """
    if not 0 <= args.stations <= MAX_STATIONS:
        raise SettingsError(f"--stations is a number from 0 to {MAX_STATIONS}")
    cameras = _cameras(args)
    if args.stations == 0 and not cameras:
        raise SettingsError("without stations there is no polling day: give --stations or --camera")
    if not 0 <= args.port <= 65535:
        raise SettingsError("--port is a number from 0 to 65535")
    if not 0 < args.limit_gib < float("inf"):
        raise SettingsError("--limit-gib is a number above 0")
    return Options(
        stations=args.stations,
        cameras=cameras,
        folder=args.data.absolute(),
        port=args.port,
        limit_bytes=int(args.limit_gib * _GIB),
        is_json=args.json,
    )


def _cameras(args: argparse.Namespace) -> tuple[ListedCamera, ...]:
    listed = listed_cameras(args.cameras_from) if args.cameras_from else ()
    return (*(ListedCamera(address=address) for address in args.camera), *listed)
