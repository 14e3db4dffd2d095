"""Registering a country's list of stations, all of it or nothing."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.registry_change import registry_change
from api.services import Services
from api.station_changes import Registrar
from api.station_forms import NewStation
from api.station_list import BadLine, StationList, read_station_list
from core.errors import BadInputError
from storage.index.registry_tables import StationRow
from storage.registry.stations import add_camera, list_cameras, stations_by_number


class ImportReport(BaseModel):
    """What a list would change, or changed."""

    is_applied: bool
    created: int
    changed: int
    unchanged: int
    bad_lines: tuple[BadLine, ...] = ()


class BadListError(BadInputError):
    """The list has faults; nothing of it was taken."""

    def __init__(self, bad_lines: Sequence[BadLine]) -> None:
        super().__init__(f"the list has {len(bad_lines)} faults; nothing was changed")
        self.facts = {"bad_lines": [line.model_dump() for line in bad_lines]}


def import_list(
    services: Services, registrar: Registrar, content: bytes, *, dry_run: bool
) -> ImportReport:
    """Take a list, or with `dry_run` do everything but keep it.

    Known numbers are changed; cameras are added and renamed, never removed.

    Raises:
        BadListError: Not in a dry run; a line has a fault and nothing was changed.
    """
    listed = read_station_list(content)
    try:
        with registry_change(services) as session:
            report = _taken(registrar, session, listed)
            if dry_run:
                session.rollback()
    except BadListError as error:
        if not dry_run:
            raise
        faults = tuple(BadLine.model_validate(line) for line in error.facts["bad_lines"])
        return ImportReport(is_applied=False, created=0, changed=0, unchanged=0, bad_lines=faults)
    return report.model_copy(update={"is_applied": not dry_run})


def _taken(registrar: Registrar, session: Session, listed: StationList) -> ImportReport:
    faults = (*listed.bad_lines, *_foreign(registrar, listed))
    if faults:
        raise BadListError(faults)
    known = stations_by_number(session, (item.station.number for item in listed.stations))
    words = [
        _take(registrar, session, known.get(item.station.number), item.station)
        for item in listed.stations
    ]
    return ImportReport(
        is_applied=True,
        created=words.count("created"),
        changed=words.count("changed"),
        unchanged=words.count("unchanged"),
    )


def _take(registrar: Registrar, session: Session, row: StationRow | None, new: NewStation) -> str:
    if row is None:
        registrar.create(session, new)
        return "created"
    registrar.check_region(row.region)  # one of another region is not taken over by a list
    is_changed = registrar.change(session, row, new.facts())
    if _take_cameras(session, row, new.cameras) and not is_changed:
        registrar.log(session, row, "changed")
        is_changed = True
    return "changed" if is_changed else "unchanged"


def _take_cameras(session: Session, row: StationRow, names: Sequence[str]) -> bool:
    known = {camera.position: camera for camera in list_cameras(session, row.station_id)}
    is_changed = False
    for position, name in enumerate(names, 1):
        camera = known.get(position)
        if camera is None:
            add_camera(session, row.station_id, name, position)
        elif camera.name != name:
            camera.name = name
        else:
            continue
        is_changed = True
    return is_changed


def _foreign(registrar: Registrar, listed: StationList) -> Sequence[BadLine]:
    return [
        BadLine(
            line=item.line,
            column="region",
            reason="not one of your regions",
            code="foreign_region",
        )
        for item in listed.stations
        if not registrar.account.sees(item.station.region)
    ]
