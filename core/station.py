"""Stations and their cameras, as the commission registers them."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class StationMode(StrEnum):
    """How the commission uses a station's cameras."""

    ONLINE = "online"
    """Watched live; 10 s segments."""
    RECORDING_ONLY = "recording_only"
    """"Video fixation": recorded, uploaded when the link allows; 60 s segments."""


SEGMENT_TARGET_S = {StationMode.ONLINE: 10.0, StationMode.RECORDING_ONLY: 60.0}
"""Wanted media duration of a segment; a station keeps to it until its centre says otherwise."""


class LiveMode(StrEnum):
    """When a station publishes live video."""

    ALWAYS = "always"
    ON_DEMAND = "on_demand"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One lens of one station."""

    camera_id: UUID
    station_id: UUID
    position: int
    """1 or more; how people name it: "camera 2"."""
    name: str
    """What it looks at, for example "ballot box". May be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One polling station (PEC, УИК, УШК)."""

    station_id: UUID
    number: str
    """The official number, as people say it: "1042"."""
    name: str
    region: str
    """A key of `core.regions.REGIONS`; rights are scoped by it."""
    address: str
    mode: StationMode
    live: LiveMode
    timezone: str = "Asia/Bishkek"
