"""What is known of every instant of a range: the one ledger all pages and figures show.

Precedence, where statements overlap (docs/design/coverage.md has the reasons):

1. recorded: the archive holds the bytes and the init they need;
2. a gap that says footage is gone: withheld, expired, evicted, lost;
3. on the device: announced by a signed entry, not here yet;
4. what became of a segment that nobody stated a gap for (lost, expired, withheld);
5. every other gap;
6. unknown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from sqlalchemy.orm import Session

from core.footage import GapCause
from core.timerange import TimeRange
from storage.holdings import Holding, KnownGap, load_gaps, load_holdings
from storage.intake.rows import SegmentState
from storage.seams import SEAM_TOLERANCE, goes_on

_FOOTAGE_IS_GONE = (GapCause.WITHHELD, GapCause.EXPIRED, GapCause.EVICTED, GapCause.LOST)
_CAUSE_OF_STATE = {
    SegmentState.LOST: GapCause.LOST,
    SegmentState.EXPIRED: GapCause.EXPIRED,
    SegmentState.WITHHELD: GapCause.WITHHELD,
}
_CAUSES = tuple(GapCause)


class CoverageState(StrEnum):
    """What is known of a stretch of time."""

    RECORDED = "recorded"
    GAP = "gap"
    ON_DEVICE = "on_device"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageSpan:
    """A stretch of time of which one thing is known."""

    range: TimeRange
    state: CoverageState
    cause: GapCause | None = None
    """Of a gap."""
    said_by: str = ""
    """Of a gap: `agent`, `archive` or an account's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The answer for one camera and one range."""

    range: TimeRange
    spans: tuple[CoverageSpan, ...]
    """In order; they touch, never overlap, and cover the range."""

    def ratio(self, now_utc: datetime) -> float | None:
        """Recorded time ÷ the time of the range that has passed; None: none has."""
        end_utc = min(self.range.end_utc, now_utc)
        if end_utc <= self.range.start_utc:
            return None
        passed = TimeRange(self.range.start_utc, end_utc)
        recorded = (
            span.range.clipped_to(passed)
            for span in self.spans
            if span.state is CoverageState.RECORDED
        )
        total = sum((part.duration for part in recorded if part), timedelta())
        return total / passed.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """One statement about a stretch of time; the lowest rank wins where several speak."""

    rank: tuple[int, int]
    span: CoverageSpan


def load_coverage(session: Session, camera_id: UUID, wanted: TimeRange) -> Coverage:
    """The coverage of a range, from the index."""
    return coverage_of(
        wanted,
        load_holdings(session, camera_id, wanted),
        load_gaps(session, camera_id, wanted),
    )


def coverage_of(
    wanted: TimeRange, holdings: Sequence[Holding], gaps: Sequence[KnownGap]
) -> Coverage:
    """The coverage of a range, from values. Pure.

    Args:
        wanted: What is asked for.
        holdings: Segments, those of a run in the order of their numbers.
        gaps: In any order.
    """
    claims = [*_of_segments(holdings), *_of_seams(holdings), *(_of_gap(gap) for gap in gaps)]
    clipped = [
        replace(claim, span=replace(claim.span, range=part))
        for claim in claims
        if (part := claim.span.range.clipped_to(wanted))
    ]
    spans = _without_slivers(_joined(_swept(wanted, clipped)))
    return Coverage(range=wanted, spans=tuple(_joined(spans)))


def _of_segments(holdings: Iterable[Holding]) -> Iterator[_Claim]:
    for holding in holdings:
        cause = _CAUSE_OF_STATE.get(holding.state)
        if cause is None:
            yield _footage_claim(holding.range, is_here=holding.playable_since_utc is not None)
        else:
            span = _gap_span(holding.range, cause, "archive")
            yield _Claim(rank=(4, _CAUSES.index(cause)), span=span)


def _of_seams(holdings: Iterable[Holding]) -> Iterator[_Claim]:
    for before, after in pairwise(holdings):
        is_apart = after.range.start_utc > before.range.end_utc
        if is_apart and goes_on(before, after) and _is_expected(before, after):
            seam = TimeRange(before.range.end_utc, after.range.start_utc)
            is_here = before.playable_since_utc is not None and after.playable_since_utc is not None
            yield _footage_claim(seam, is_here=is_here)


def _is_expected(*holdings: Holding) -> bool:
    return all(holding.state not in _CAUSE_OF_STATE for holding in holdings)


def _footage_claim(stretch: TimeRange, *, is_here: bool) -> _Claim:
    state = CoverageState.RECORDED if is_here else CoverageState.ON_DEVICE
    return _Claim(rank=(1 if is_here else 3, 0), span=CoverageSpan(range=stretch, state=state))


def _of_gap(gap: KnownGap) -> _Claim:
    # Among gaps the one listed earlier in the order of loss wins, then that of GapCause.
    is_gone = gap.cause in _FOOTAGE_IS_GONE
    order = _FOOTAGE_IS_GONE.index(gap.cause) if is_gone else _CAUSES.index(gap.cause)
    span = _gap_span(gap.range, gap.cause, gap.said_by)
    return _Claim(rank=(2 if is_gone else 5, order), span=span)


def _gap_span(stretch: TimeRange, cause: GapCause, said_by: str) -> CoverageSpan:
    return CoverageSpan(range=stretch, state=CoverageState.GAP, cause=cause, said_by=said_by)


def _swept(wanted: TimeRange, claims: Sequence[_Claim]) -> Iterator[CoverageSpan]:
    """Every elementary stretch between two changes, with the claim that wins there."""
    edges = {wanted.start_utc, wanted.end_utc}
    edges.update(c.span.range.start_utc for c in claims)
    edges.update(c.span.range.end_utc for c in claims)
    waiting = sorted(claims, key=lambda c: c.span.range.start_utc, reverse=True)
    active: list[_Claim] = []
    for start_utc, end_utc in pairwise(sorted(edges)):
        active = [claim for claim in active if claim.span.range.end_utc > start_utc]
        while waiting and waiting[-1].span.range.start_utc <= start_utc:
            active.append(waiting.pop())
        yield _winner(active, TimeRange(start_utc, end_utc))


def _winner(active: Sequence[_Claim], stretch: TimeRange) -> CoverageSpan:
    if not active:
        return CoverageSpan(range=stretch, state=CoverageState.UNKNOWN)
    best = min(active, key=lambda c: (c.rank, c.span.range.start_utc, c.span.said_by))
    return replace(best.span, range=stretch)


def _joined(spans: Iterable[CoverageSpan]) -> list[CoverageSpan]:
    result: list[CoverageSpan] = []
    for span in spans:
        if result and replace(result[-1], range=span.range) == span:
            joined = TimeRange(result[-1].range.start_utc, span.range.end_utc)
            result[-1] = replace(span, range=joined)
        else:
            result.append(span)
    return result


def _without_slivers(spans: Sequence[CoverageSpan]) -> list[CoverageSpan]:
    """Unknown stretches too short for a frame, beside a gap, belong to that gap.

    Never to footage: nothing counts as recorded that is not.
    """
    result = list(spans)
    for place, span in enumerate(spans):
        if span.state is not CoverageState.UNKNOWN or span.range.duration > SEAM_TOLERANCE:
            continue
        beside = (*spans[max(place - 1, 0) : place], *spans[place + 1 : place + 2])
        gap = next((s for s in beside if s.state is CoverageState.GAP), None)
        if gap is not None:
            result[place] = replace(gap, range=span.range)
    return result
