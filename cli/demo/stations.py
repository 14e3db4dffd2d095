"""What the demo keeps of each station between runs, and how its device is enrolled."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from cli.demo.country import PlannedStation
from cli.demo.parts import Launcher
from cli.demo.ports import HOST
from cli.demo.registry import Record, Registry
from cli.demo.telling import ReadyCamera, ReadyStation
from core.errors import SettingsError
from core.station import StationMode
from recorder.setup.camera_list import ListedCamera, write_camera_list

_NOTE = "station.json"
_CONFIG = "agent.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStation:
    """A station of an earlier run."""

    station_id: UUID
    pin: str
    config: Path
    """Of its device; every device has a folder of its own, so that none loses footage."""

    @property
    def device_id(self) -> UUID | None:
        """As the device was enrolled; None when its settings are gone."""
        try:
            return UUID(tomllib.loads(self.config.read_text("utf-8"))["device_id"])
        except (OSError, ValueError, KeyError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the station's device finds the centre, and where people find its page."""

    url: str
    page_port: int

    @property
    def listen(self) -> str:
        """Of the page."""
        return f"{HOST}:{self.page_port}"


def known_station(folder: Path) -> KnownStation | None:
    """What an earlier run noted.

    Raises:
        SettingsError: The note is no note of ours.
    """
    note = folder / _NOTE
    if not note.exists():
        return None
    try:
        facts = json.loads(note.read_text("utf-8"))
        config = folder / facts["device"] / _CONFIG
        return KnownStation(station_id=UUID(facts["id"]), pin=facts["pin"], config=config)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SettingsError(f"{note} is damaged; remove {folder}") from error


class Opening:
    """Makes the stations of this run ready to be started.

    Args:
        registry: The control API's.
        launcher: Runs `pollcam agent enroll`.
        trusted: Devices that the centre believes.
    """

    def __init__(self, registry: Registry, launcher: Launcher, trusted: frozenset[UUID]) -> None:
        self._registry = registry
        self._launcher = launcher
        self._trusted = trusted
        self._folder = launcher.folder.stations

    async def retire_others(self, numbers: set[str]) -> None:
        """Take stations of earlier runs off the wall."""
        others = [path for path in self._folder.iterdir() if path.name not in numbers]
        known = [known_station(path) for path in sorted(others)]
        await self._registry.retire(station.station_id for station in known if station)

    async def open(self, plan: PlannedStation, server: Server) -> tuple[ReadyStation, Path]:
        """What people are told of the station, and its device's settings."""
        folder = self._folder / plan.number
        known = known_station(folder)
        record = await self._registry.registered(plan, known.station_id if known else None)
        if known is None or not self._may_go_on(known, record):
            known = await self._enrolled(plan, record, server)
        else:
            moved(known, server)
        return ready(known, record, server), known.config

    def _may_go_on(self, known: KnownStation, record: Record) -> bool:
        return str(known.station_id) == record["id"] and known.device_id in self._trusted

    async def _enrolled(self, plan: PlannedStation, record: Record, server: Server) -> KnownStation:
        """Make a new device for the station by `pollcam agent enroll`, and note it."""
        folder = self._folder / plan.number
        token, pin = await self._registry.enrolment(record)
        device = _next_device(folder)
        config = folder / device / _CONFIG
        arguments = ["agent", "enroll", "--server", server.url, "--token", token]
        arguments += ["--config", str(config), "--spool", str(folder / device / "spool")]
        arguments += ["--listen", server.listen, "--cameras-from", "-"]
        cameras = enrolled_cameras(plan, record)
        if any(camera.substream for camera in cameras):
            arguments.append("--publish-both")
        # Typed: everybody on this machine can list command lines, and addresses carry passwords.
        await self._launcher.output_of(arguments, {}, typed=write_camera_list(cameras))
        _replace(folder / _NOTE, json.dumps({"id": record["id"], "pin": pin, "device": device}))
        return KnownStation(station_id=UUID(record["id"]), pin=pin, config=config)


def enrolled_cameras(plan: PlannedStation, record: Record) -> tuple[ListedCamera, ...]:
    """Each camera in use, simulated where an admin added it. Pure."""
    whole, smaller = (dict(enumerate(given, 1)) for given in (plan.sources, plan.smaller))
    names = {int(c["position"]): c["name"] for c in record["cameras"] if c["is_active"]}
    return tuple(
        ListedCamera(
            address=whole.get(position, f"test:{quote(name or str(position))}"),
            substream=smaller.get(position),
        )
        for position, name in sorted(names.items())
    )


def moved(station: KnownStation, server: Server) -> None:
    """Let the device find the centre at this run's address."""
    text = station.config.read_text("utf-8")
    _replace(station.config, with_server(text, server))


def with_server(config: str, server: Server) -> str:
    """The device's settings with other addresses. Pure."""
    config = re.sub(r'(?m)^server = ".*"$', f'server = "{server.url}"', config, count=1)
    return re.sub(r'(?m)^listen = ".*"$', f'listen = "{server.listen}"', config, count=1)


def ready(station: KnownStation, record: Record, server: Server) -> ReadyStation:
    """What people are told of it."""
    return ReadyStation(
        id=record["id"],
        number=record["number"],
        name=record["name"],
        mode=StationMode(record["mode"]),
        page=f"http://{server.listen}",
        pin=station.pin,
        cameras=tuple(
            ReadyCamera(id=camera["id"], position=camera["position"], name=camera["name"])
            for camera in record["cameras"]
            if camera["is_active"]
        ),
    )


def _next_device(folder: Path) -> str:
    number = 1
    while (folder / f"device-{number}").exists():
        number += 1
    return f"device-{number}"


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.touch(mode=0o600)
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
