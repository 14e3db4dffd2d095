"""The signed lines behind an export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from core.timerange import TimeRange
from storage.export.plan import BATCH_ROWS, ExportPlan, batches
from storage.index.footage_tables import EntryRow, GapRow, SegmentRow
from storage.index.registry_tables import DeviceRow


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
    parts = _parts(session, plan)
    starts = _starts_of(plan)
    for epoch in sorted(parts.keys() | starts.keys()):
        for places in _places(parts.get(epoch), sorted(starts.get(epoch, ()))):
            of_chain = and_(EntryRow.camera_id == camera_id, EntryRow.epoch == epoch)
            lines = session.scalars(
                select(EntryRow.line)
                .where(of_chain, places)
                .order_by(EntryRow.seq)
                .execution_options(yield_per=BATCH_ROWS)
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


def _parts(session: Session, plan: ExportPlan) -> dict[UUID, ChainPart]:
    """What speaks of the range, and of the footage that its first picture is decoded from.

    That footage is found by its number: neighbours share a moment of a clock that is being set,
    and one line more than there is footage makes an honest package look as if some were left out.
    """
    spoken = chain_parts(session, plan.camera.camera_id, plan.wanted)
    parts = {part.epoch: part for part in spoken}
    first = session.get_one(SegmentRow, plan.clips[0].holdings[0].segment_id)
    alone = ChainPart(epoch=first.epoch, first_seq=first.seq, last_seq=first.seq)
    part = parts.get(first.epoch, alone)
    return parts | {first.epoch: replace(part, first_seq=min(part.first_seq, first.seq))}


def _starts_of(plan: ExportPlan) -> dict[UUID, set[int]]:
    """Where the exported runs are stated, by chain."""
    starts: dict[UUID, set[int]] = {}
    for clip in plan.clips:
        starts.setdefault(clip.run.epoch, set()).add(clip.run.seq)
    return starts


def _places(part: ChainPart | None, starts: Sequence[int]) -> Iterator[ColumnElement[bool]]:
    """What to ask one chain for, in its order: few numbers at a time, an index takes no more."""
    first, last = (part.first_seq, part.last_seq) if part else (inf, -inf)
    yield from (EntryRow.seq.in_(some) for some in batches([s for s in starts if s < first]))
    if part:
        yield EntryRow.seq.between(part.first_seq, part.last_seq)
        yield from (EntryRow.seq.in_(some) for some in batches([s for s in starts if s > last]))
