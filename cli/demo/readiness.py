"""When the demo may say that it is ready. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.health import RECORDING_STALE_AFTER_S, Status
from core.station import StationMode


def missing(wall: Iterable[Mapping[str, Any]], wanted: Mapping[str, int]) -> tuple[str, ...]:
    """What is not there yet, in words.

    Stations and cameras that somebody added to the demo by hand are not waited for.

    Args:
        wall: The answer of `GET /api/v1/stations`.
        wanted: How many cameras must be on the wall, by the station's number.
    """
    cameras = [
        (station, camera)
        for station in wall
        for camera in station["cameras"]
        if camera["position"] <= wanted.get(station["number"], 0)
    ]
    found = [_lack(station, camera) for station, camera in cameras]
    if absent := sum(wanted.values()) - len(cameras):
        found.append(f"{absent} cameras are not on the wall")
    return tuple(lack for lack in found if lack)


def _lack(station: Mapping[str, Any], camera: Mapping[str, Any]) -> str:
    place = f"station {station['number']} camera {camera['position']}"
    age_s = camera["last_recorded_age_s"]
    if camera["status"] == Status.UNKNOWN:
        return f"{place} is not heard of"
    if age_s is None or age_s > RECORDING_STALE_AFTER_S:
        return f"{place} does not record"
    if station["mode"] == StationMode.ONLINE and not camera["is_publishing"]:
        return f"{place} is not live"
    return ""
