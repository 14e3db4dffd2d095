"""A country's station list: CSV in, checked stations and named faults out. Pure.

The first line names the columns. Comma or semicolon, as spreadsheets of different countries
write them. `cameras` holds the cameras' names by position, separated by `|`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from pydantic import BaseModel, ValidationError

from api.parameters import code_of, limit_of
from api.station_forms import NewStation

COLUMNS = ("number", "name", "region", "address", "mode", "live", "timezone", "phone", "cameras")
REQUIRED = ("number", "name", "region", "cameras")
MAX_STATIONS = 20_000
MAX_FAULTS = 1000
"""Told at once; a list with more is the wrong file."""


class BadLine(BaseModel):
    """One fault of a list."""

    line: int
    """From 1, as editors count."""
    column: str
    reason: str
    code: str
    """Of the reason, for pages: what is checked of a field, or `column_missing` and the like."""
    limit: int | None = None
    """How much would have been right, where that is what is wrong."""


class Rows(Protocol):
    """What `csv.reader` gives."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __iter__(self) -> Iterator[list[str]]:
        """The records."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStation:
    """One good line."""

    line: int
    station: NewStation


@dataclass(frozen=True, slots=True, kw_only=True)
class StationList:
    """What a file holds."""

    stations: tuple[ListedStation, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()


def read_station_list(content: bytes) -> StationList:
    """Read a whole list; every fault is named with its line, column and reason."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _refused(line, "not UTF-8; save the list as UTF-8", "not_utf8")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        columns = [name.strip().lower() for name in next(rows, [])]
        faults = tuple(islice(_header_faults(columns), MAX_FAULTS))
        return StationList(bad_lines=faults) if faults else _read(rows, columns)
    except csv.Error as error:
        return _refused(rows.line_num, f"not CSV: {error}", "not_csv")


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _header_faults(columns: list[str]) -> Iterator[BadLine]:
    for name in REQUIRED:
        if name not in columns:
            yield BadLine(
                line=1, column=name, reason="this column is missing", code="column_missing"
            )
    for name in sorted(set(columns)):
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            yield BadLine(line=1, column=name, reason=f"not one of {known}", code="column_unknown")
        elif columns.count(name) > 1:
            reason = "this column is there twice"
            yield BadLine(line=1, column=name, reason=reason, code="column_twice")


def _read(rows: Rows, columns: list[str]) -> StationList:
    stations: list[ListedStation] = []
    faults: list[BadLine] = []
    first_lines: dict[str, int] = {}
    for line, fields in _numbered(rows):
        if len(stations) >= MAX_STATIONS or len(faults) >= MAX_FAULTS:
            reason = "the rest was not read"
            faults.append(BadLine(line=line, column="", reason=reason, code="rest_unread"))
            break
        found = _read_line(line, columns, fields)
        faults.extend(found.bad_lines)
        for listed in found.stations:
            first = first_lines.setdefault(listed.station.number, line)
            if first != line:
                reason = f"station {listed.station.number} is on line {first} already"
                faults.append(
                    BadLine(line=line, column="number", reason=reason, code="number_twice")
                )
            stations.append(listed)
    if not stations and not faults:
        return _refused(1, "the list holds no station", "no_station")
    return StationList(stations=tuple(stations), bad_lines=tuple(faults))


def _numbered(rows: Rows) -> Iterator[tuple[int, list[str]]]:
    # A quoted field may span lines: a record is named by the line it begins on.
    line = rows.line_num + 1
    for fields in rows:
        if any(field.strip() for field in fields):
            yield line, fields
        line = rows.line_num + 1


def _read_line(line: int, columns: list[str], fields: list[str]) -> StationList:
    if len(fields) != len(columns):
        return _refused(line, f"{len(fields)} fields under {len(columns)} columns", "fields")
    values = {name: field.strip() for name, field in zip(columns, fields, strict=True)}
    try:
        station = NewStation.model_validate(_form(values))
    except ValidationError as error:
        return StationList(bad_lines=tuple(_faults(line, error)))
    return StationList(stations=(ListedStation(line=line, station=station),))


def _form(values: Mapping[str, str]) -> dict[str, object]:
    # An empty field means the default.
    form: dict[str, object] = {k: v for k, v in values.items() if v or k in REQUIRED}
    names = str(form.pop("cameras", ""))
    form["cameras"] = tuple(name.strip() for name in names.split("|")) if names else ()
    return form


def _faults(line: int, error: ValidationError) -> Iterator[BadLine]:
    for fault in error.errors(include_url=False):
        reason = str(fault["msg"]).removeprefix("Value error, ")
        yield BadLine(
            line=line,
            column=str(fault["loc"][0]) if fault["loc"] else "",
            reason=reason,
            code=code_of(fault),
            limit=limit_of(fault),
        )


def _refused(line: int, reason: str, code: str) -> StationList:
    return StationList(bad_lines=(BadLine(line=line, column="", reason=reason, code=code),))
