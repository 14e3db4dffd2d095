"""What the demo says when it is ready: a table for people, one line of JSON for programs. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.station import StationMode

PURPOSES: Mapping[str, str] = {
    "admin": "stations, devices, accounts",
    "operator": "the wall",
    "auditor": "the archive",
    "technician": "a station's state, also on its own page",
    "observer": "what is recorded and what not",
}
"""By role, in the order in which people are told of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCamera:
    """A camera that records."""

    id: str
    position: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyStation:
    """A station that runs."""

    id: str
    number: str
    name: str
    mode: StationMode
    page: str
    """Address of the station's own page."""
    pin: str
    cameras: tuple[ReadyCamera, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The day as it runs."""

    url: str
    streamer: str
    folder: Path
    passwords: Mapping[str, str]
    """By role; the user's name is the same."""
    tokens: Mapping[str, str]
    stations: Sequence[ReadyStation]


def as_json(ready: Ready) -> str:
    """One object on one line."""
    return json.dumps(
        {
            "url": ready.url,
            "streamer": ready.streamer,
            "data_dir": str(ready.folder),
            "accounts": {
                role: {"user": role, "password": password, "token": ready.tokens[role]}
                for role, password in ready.passwords.items()
            },
            "stations": [_station(station) for station in ready.stations],
        },
        ensure_ascii=False,
    )


def as_text(ready: Ready) -> str:
    """One line that says so, then who may sign in, then the stations."""
    accounts = [
        (role, password, PURPOSES.get(role, "")) for role, password in ready.passwords.items()
    ]
    stations = [
        (s.number, s.mode.value.replace("_", " "), s.page, s.pin, s.name) for s in ready.stations
    ]
    return "\n".join(
        [
            f"pollcam is ready: {ready.url}",
            "",
            *_columns([("sign in as", "password", "to see"), *accounts]),
            "",
            *_columns([("station", "mode", "its own page", "PIN", "name"), *stations]),
            "",
            f"  Everything is in {ready.folder}, logs in {ready.folder / 'logs'}. Ctrl-C ends it.",
        ]
    )


def _station(station: ReadyStation) -> dict[str, object]:
    return {
        "id": station.id,
        "number": station.number,
        "name": station.name,
        "mode": station.mode.value,
        "page": station.page,
        "pin": station.pin,
        "cameras": [
            {"id": camera.id, "position": camera.position, "name": camera.name}
            for camera in station.cameras
        ],
    }


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "   ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
