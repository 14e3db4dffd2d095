"""Looks first whether a demo can be had here, and then runs it."""

import asyncio
import sys

from cli.demo.cameras import checked_cameras
from cli.demo.country import planned
from cli.demo.folder import Folder, free_bytes, locked, refusal, used_bytes
from cli.demo.options import Options
from cli.demo.parts import Launcher
from cli.demo.ports import Ports, checked_port
from cli.demo.running import Demo
from core.clock import SystemClock
from core.errors import PollcamError, SettingsError


def start(options: Options) -> int:
    """Run the demo until it is ended.

    Returns:
        0: it was told to end. 1: it could not go on. 2: it cannot be had in this way.

    Raises:
        SettingsError: The same as 2.
    """
    with locked(options.folder) as (folder, lock):
        _check_room(options, folder)
        port = checked_port(options.port)
        stations = planned(options.stations, checked_cameras(options.cameras))
        demo = Demo(
            options=options,
            stations=stations,
            launcher=Launcher(folder=folder, lock=lock),
            ports=Ports(port),
            port=port,
            clock=SystemClock(),
        )
        return _run(demo)


def _check_room(options: Options, folder: Folder) -> None:
    root = folder.root
    reason = refusal(root, free_bytes(root), used_bytes(root), options.limit_bytes)
    if reason:
        raise SettingsError(reason)


def _run(demo: Demo) -> int:
    errors: list[PollcamError] = []
    try:
        asyncio.run(demo.run())
    except* PollcamError as group:
        errors = [e for e in _flat(group) if isinstance(e, PollcamError)]
    if not errors:
        return 0
    print(f"pollcam: {errors[0]}", file=sys.stderr)
    return 2 if isinstance(errors[0], SettingsError) else 1


def _flat(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _flat(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
