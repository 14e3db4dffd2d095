"""Plain tables: filter, order, take away as CSV. Pure."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.timestamps import to_iso

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one place of a table."""

    text: str
    order: str | float | None = None
    """What it is ordered by; None: its text."""
    href: str = ""
    tone: str = ""
    """Gives it the shape and colour of a state."""
    instant: datetime | None = None
    """In UTC on hover and in the CSV."""
    is_code: bool = False
    """For machines: may be broken anywhere."""
    detail: str = ""
    """What the support may ask for, in English."""

    @property
    def exact(self) -> str:
        """What the CSV holds."""
        if self.instant:
            return to_iso(self.instant)
        return f"{self.text}: {self.detail}" if self.detail else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    key: str
    """In the address, when the table is ordered by it."""
    name: str
    """Of its heading's text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns and rows of as many cells."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """How the reader wants a table, as the address says it."""

    text: str = ""
    order_by: str = ""
    is_descending: bool = False


def begun(text: str) -> str:
    """A text of the catalogue as it stands at the beginning of a cell."""
    return text[:1].upper() + text[1:]


def arranged(table: Table, wanted: Arrangement) -> Table:
    """The rows that hold the text, in the order that is wanted."""
    text = wanted.text.casefold().strip()
    rows = [row for row in table.rows if any(text in cell.text.casefold() for cell in row)]
    keys = [column.key for column in table.columns]
    if wanted.order_by in keys:
        place = keys.index(wanted.order_by)
        rows.sort(key=lambda row: _order(row[place]), reverse=wanted.is_descending)
    return replace(table, rows=tuple(rows))


def as_csv(table: Table, headings: Sequence[str]) -> str:
    """The table for a spreadsheet: UTF-8 with a mark, times in UTC, nothing that is executed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(headings)
    writer.writerows([_harmless(cell.exact) for cell in row] for row in table.rows)
    return "\ufeff" + buffer.getvalue()


def _order(cell: Cell) -> tuple[int, float, str]:
    """Numbers before texts, texts without regard to case."""
    if cell.instant is not None:
        return (0, cell.instant.timestamp(), "")
    if isinstance(cell.order, int | float):
        return (0, float(cell.order), "")
    text = cell.order if cell.order is not None else cell.text
    return (0, float(text), "") if text.isdecimal() else (1, 0.0, text.casefold())


def _harmless(text: str) -> str:
    # A spreadsheet runs what begins like a formula.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
