"""The signed lines behind an export."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.timerange import TimeRange
from storage.export.plan import ExportPlan
from storage.index.footage_tables import EntryRow, GapRow, RunRow, SegmentRow
from storage.index.registry_tables import DeviceRow

_BATCH_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPart:
    """The entries of one chain that speak of a range, none left out between them."""

    epoch: UUID
    first_seq: int
    last_seq: int


def chain_parts(session: Session, camera_id: UUID, wanted: TimeRange) -> list[ChainPart]:
    """The parts of the camera's chains that speak of the range."""
    spans: dict[UUID, tuple[int, int]] = {}
    for table in (SegmentRow, GapRow):
        rows = session.execute(
            select(table.epoch, func.min(table.seq), func.max(table.seq))
            .where(
                table.camera_id == camera_id,
                table.start_utc < wanted.end_utc,
                table.end_utc > wanted.start_utc,
                table.epoch.is_not(None),
            )
            .group_by(table.epoch)
        )
        for epoch, first, last in rows:
            if epoch is None or first is None or last is None:
                continue
            known = spans.get(epoch, (first, last))
            spans[epoch] = (min(first, known[0]), max(last, known[1]))
    return [
        ChainPart(epoch=epoch, first_seq=first, last_seq=last)
        for epoch, (first, last) in sorted(spans.items())
    ]


def evidence_lines(session: Session, plan: ExportPlan) -> Iterator[str]:
    """The start entries of the exported runs and every entry of the range, chain by chain.

    In the order of their chains, so that a reader can follow `prev` from line to line.
    """
    camera_id = plan.camera.camera_id
    parts = [
        and_(EntryRow.epoch == part.epoch, EntryRow.seq.between(part.first_seq, part.last_seq))
        for part in chain_parts(session, camera_id, _stretched(plan))
    ]
    starts = [and_(EntryRow.epoch == run.epoch, EntryRow.seq == run.seq) for run in _runs_of(plan)]
    lines = session.scalars(
        select(EntryRow.line)
        .where(EntryRow.camera_id == camera_id, or_(*parts, *starts))
        .order_by(EntryRow.epoch, EntryRow.seq)
        .execution_options(yield_per=_BATCH_ROWS)
    )
    with lines:
        yield from lines


def device_keys(session: Session, station_id: UUID) -> dict[str, str]:
    """The registered public keys (Ed25519, base64) of the station's devices, by device id."""
    rows = session.execute(
        select(DeviceRow.device_id, DeviceRow.public_key)
        .where(DeviceRow.station_id == station_id)
        .order_by(DeviceRow.device_id)
    )
    return {str(device_id): key for device_id, key in rows}


def _stretched(plan: ExportPlan) -> TimeRange:
    first = min(h.range.start_utc for clip in plan.clips for h in clip.holdings)
    last = max(h.range.end_utc for clip in plan.clips for h in clip.holdings)
    return TimeRange(min(first, plan.wanted.start_utc), max(last, plan.wanted.end_utc))


def _runs_of(plan: ExportPlan) -> list[RunRow]:
    return list({clip.run.run_id: clip.run for clip in plan.clips}.values())
