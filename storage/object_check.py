"""Reads an object and holds it to its row and to the line that announced it."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import DamagedError
from core.footage import Gap
from evidence.entry import read_entry
from evidence.statements import statement_of
from storage.archive_gap import ArchiveGap, read_archive_gap
from storage.device_keys import DeviceKeys
from storage.expected import ExpectedObject
from storage.findings import Finding, FindingKind
from storage.index.footage_tables import EntryRow, GapRow, RunRow, SegmentRow
from storage.objects.checked import digest_of
from storage.objects.keys import FootageKey, KeyKind, kept_line, read_key
from storage.objects.port import ObjectStore

_MAX_GAP_BYTES = 4 * 2**20
"""The longest that retention writes has 1,000 lines of at most 1,300 bytes."""


def object_findings(
    session: Session, store: ObjectStore, item: ExpectedObject, keys: DeviceKeys
) -> Iterator[Finding]:
    """What is wrong with an object that is there.

    Raises:
        ObjectMissingError: It is not any more.
    """
    key = read_key(item.key)
    if key is not None and key.kind is KeyKind.GAP:
        yield from _gap_findings(session, store, key, keys)
        return
    line = kept_line(store.stat(item.key).metadata)
    announced = _announced_by(session, key) if key else None
    if digest_of(store.get(item.key))[1] != item.sha256:
        yield Finding(kind=FindingKind.WRONG_BYTES, subject=item.key)
    if announced is None:
        detail = "the index has lost the entry that announced it"
        yield Finding(kind=FindingKind.WRONG_ROW, subject=item.key, detail=detail)
    elif line is None:
        yield Finding(kind=FindingKind.NO_ENTRY, subject=item.key)
    elif line != announced:
        detail = "it carries another line than the one that announced it"
        yield Finding(kind=FindingKind.NO_ENTRY, subject=item.key, detail=detail)


def _announced_by(session: Session, key: FootageKey) -> str | None:
    """The line the row of a segment or a run points at."""
    table, row_id = (
        (SegmentRow, SegmentRow.segment_id)
        if key.kind is KeyKind.SEGMENT
        else (RunRow, RunRow.run_id)
    )
    query = select(EntryRow.line).join(
        table,
        (table.camera_id == EntryRow.camera_id)
        & (table.epoch == EntryRow.epoch)
        & (table.seq == EntryRow.seq),
    )
    return session.scalars(query.where(row_id == key.object_id)).one_or_none()


def _gap_findings(
    session: Session, store: ObjectStore, key: FootageKey, keys: DeviceKeys
) -> Iterator[Finding]:
    content = b"".join(store.get(str(key), 0, _MAX_GAP_BYTES))
    try:
        gap = _stated_gap(content, keys)
    except DamagedError as error:
        yield Finding(kind=FindingKind.WRONG_BYTES, subject=str(key), detail=str(error))
        return
    row = session.get(GapRow, key.object_id)
    if row is not None and _parts_of(gap) != _parts_of_row(row):
        detail = "it states another gap than the index"
        yield Finding(kind=FindingKind.WRONG_BYTES, subject=str(key), detail=detail)


def _stated_gap(content: bytes, keys: DeviceKeys) -> Gap:
    """What the object states, every signed line in it held to its device."""
    if not is_signed_gap(content):
        statement = read_archive_gap(content)
        _check_lines(statement, keys)
        return statement.gap
    entry = read_entry(content.decode("ascii", errors="replace"))
    keys.check(entry)
    gap = statement_of(entry)
    if not isinstance(gap, Gap):
        raise DamagedError("its entry states no gap")
    return gap


def is_signed_gap(content: bytes) -> bool:
    """Whether a device states it; what the archive states has no signature."""
    return b"\t" in content.partition(b"\n")[0]


def _check_lines(statement: ArchiveGap, keys: DeviceKeys) -> None:
    for line in statement.lines:
        entry = read_entry(line)
        keys.check(entry)
        if entry.camera_id != statement.gap.camera_id:
            raise DamagedError(f"entry {entry.seq} in it is of another camera")


def _parts_of(gap: Gap) -> tuple[object, ...]:
    span = (gap.range.start_utc, gap.range.end_utc)
    return (gap.gap_id, gap.camera_id, *span, gap.cause.value, gap.said_by)


def _parts_of_row(row: GapRow) -> tuple[object, ...]:
    return (row.gap_id, row.camera_id, row.start_utc, row.end_utc, row.cause, row.said_by)
