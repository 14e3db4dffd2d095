"""The form of a new hold: what was typed in, the hold that is meant or what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.holding import LONGEST, NewHold
from api.parameters import Comment
from api.web.zones import COUNTRY_ZONE
from core.ui.catalogue import Texts
from core.ui.spelling import time_of

_COMMENT: TypeAdapter[str] = TypeAdapter(Comment)

Faults = Mapping[str, str]
"""What is wrong with a field, in the reader's language, by the field's name."""


class HoldFields(BaseModel):
    """The form as somebody typed it."""

    station: str = Field(default="", max_length=64)
    """A number; empty where everything shall be held."""
    camera: str = Field(default="", max_length=8)
    """A position; empty: all of them."""
    start_day: str = Field(default="", max_length=10)
    """By the clock and calendar of the station."""
    start_time: str = Field(default="", max_length=8)
    """As people write it: a browser's own field has twelve hours where its language has."""
    end_day: str = Field(default="", max_length=10)
    end_time: str = Field(default="", max_length=8)
    reason: str = Field(default="", max_length=2000)
    is_everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormStation:
    """The station that the form names."""

    station_id: UUID
    number: str
    zone: ZoneInfo
    cameras: Mapping[int, UUID]
    """By position."""


def read_form(fields: HoldFields, station: FormStation | None, texts: Texts) -> NewHold | Faults:
    """The hold that is meant, or everything that is wrong.

    Args:
        fields: As they were typed.
        station: The one whose number they name, if there is one.
        texts: Of the reader.
    """
    zone = station.zone if station else COUNTRY_ZONE
    checks = {
        "station": _fault_of_station(fields, station, texts),
        "camera": _fault_of_camera(fields, station, texts),
        **_faults_of_instant("start", fields.start_day, fields.start_time, texts),
        **_faults_of_instant("end", fields.end_day, fields.end_time, texts),
        "reason": _fault_of_reason(fields, texts),
    }
    faults = {name: fault for name, fault in checks.items() if fault}
    if not faults and (fault := _fault_of_order(fields, zone, texts)):
        faults = {"end_time": fault}
    return faults or _hold(fields, station, zone)


def filled(name: str, instant: datetime, zone: ZoneInfo) -> dict[str, str]:
    """How the two fields of an instant are filled in, down to the second."""
    local = instant.astimezone(zone)
    return {f"{name}_day": f"{local:%Y-%m-%d}", f"{name}_time": f"{local:%H:%M:%S}"}


def _day_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if MINYEAR < day.year < MAXYEAR else None  # elsewhere it may be no day of UTC's


def _fault_of_station(fields: HoldFields, station: FormStation | None, texts: Texts) -> str:
    number = fields.station.strip()
    if fields.is_everything:
        return texts("hold.fault.either") if number else ""
    if not number:
        return texts("fault.missing")
    return "" if station else texts("archive.no_station", number=number)


def _fault_of_camera(fields: HoldFields, station: FormStation | None, texts: Texts) -> str:
    typed = fields.camera.strip()
    if typed and fields.is_everything:
        return texts("hold.fault.either")
    if not typed or station is None or _camera_of(fields, station):
        return ""
    known = ", ".join(str(position) for position in sorted(station.cameras)) or "–"
    return texts("hold.fault.camera", number=station.number, cameras=known)


def _faults_of_instant(name: str, day: str, time: str, texts: Texts) -> dict[str, str]:
    return {
        f"{name}_day": "" if _day_of(day) else texts("fault.day"),
        f"{name}_time": "" if time_of(time) else texts("archive.time.wrong"),
    }


def _fault_of_order(fields: HoldFields, zone: ZoneInfo, texts: Texts) -> str:
    start, end = _ends(fields, zone)
    if end <= start:
        return texts("hold.fault.backwards")
    return texts("hold.fault.long", n=LONGEST.days // 365) if end - start > LONGEST else ""


def _fault_of_reason(fields: HoldFields, texts: Texts) -> str:
    if not fields.reason.strip():
        return texts("fault.missing")
    try:
        _COMMENT.validate_python(fields.reason)
    except ValidationError:
        return texts("fault.not_printable")
    return ""


def _camera_of(fields: HoldFields, station: FormStation) -> UUID | None:
    typed = fields.camera.strip()
    return station.cameras.get(int(typed)) if typed.isdecimal() else None


def _ends(fields: HoldFields, zone: ZoneInfo) -> tuple[datetime, datetime]:
    told = ((fields.start_day, fields.start_time), (fields.end_day, fields.end_time))
    start, end = (
        datetime.combine(day, time, zone).astimezone(UTC)
        for day, time in ((_day_of(d), time_of(t)) for d, t in told)
        if day is not None and time is not None
    )
    return start, end


def _hold(fields: HoldFields, station: FormStation | None, zone: ZoneInfo) -> NewHold:
    start, end = _ends(fields, zone)
    return NewHold.model_validate(
        {
            "station_id": station.station_id if station else None,
            "camera_id": _camera_of(fields, station) if station else None,
            "start": start,
            "end": end,
            "reason": fields.reason,
        }
    )
