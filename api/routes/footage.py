"""Recorded footage: coverage, playlists and the bytes they name."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.byte_ranges import StoredBytes, answer_bytes
from api.looks import Look, Looking, UseLooking, visible_camera
from api.parameters import Instant, checked_range
from api.services import Services, Use
from api.v1 import V1
from core.errors import BadTimeRangeError, NotFoundError
from core.footage import GapCause
from core.timerange import TimeRange
from core.timestamps import to_iso
from storage.coverage import Coverage, CoverageState, load_coverage
from storage.index.footage_tables import RunRow, SegmentRow
from storage.intake.rows import SegmentState
from storage.playlists import load_event, load_vod
from storage.registry.access_log import Action

_HLS = "application/vnd.apple.mpegurl"
_LONGEST_EVENT = timedelta(hours=24)

router = APIRouter(prefix=V1, tags=["footage"])

Auditor = Annotated[Account, Depends(require(Right.WATCH_ARCHIVE))]
CoverageReader = Annotated[Account, Depends(require(Right.SEE_COVERAGE))]


class SpanView(BaseModel):
    """A stretch of time of which one thing is known."""

    start: datetime
    end: datetime
    state: CoverageState
    cause: GapCause | None
    said_by: str


class CoverageView(BaseModel):
    """What is known of every instant of a range."""

    start: datetime
    end: datetime
    ratio: float | None
    """Recorded ÷ the part of the range that has passed; null: none has."""
    spans: tuple[SpanView, ...]


@router.get("/cameras/{camera_id}/coverage")
def show_coverage(
    camera_id: UUID, start: Instant, end: Instant, services: Use, account: CoverageReader
) -> CoverageView:
    """What was recorded, what was not, and why."""
    wanted = checked_range(start, end)
    with services.transaction() as session:
        visible_camera(session, account, camera_id)
        coverage = load_coverage(session, camera_id, wanted)
    return coverage_view(coverage, services.now_utc)


def coverage_view(coverage: Coverage, now_utc: datetime) -> CoverageView:
    """The ledger's answer in the words of the wire."""
    return CoverageView(
        start=coverage.range.start_utc,
        end=coverage.range.end_utc,
        ratio=coverage.ratio(now_utc),
        spans=tuple(
            SpanView(
                start=span.range.start_utc,
                end=span.range.end_utc,
                state=span.state,
                cause=span.cause,
                said_by=span.said_by,
            )
            for span in coverage.spans
        ),
    )


@router.get("/cameras/{camera_id}/playlist.m3u8", response_class=Response)
def show_playlist(
    camera_id: UUID,
    start: Instant,
    services: Use,
    looking: UseLooking,
    account: Auditor,
    end: Instant | None = None,
) -> Response:
    """HLS: VOD of a range, or without `end` what was recorded up to now and goes on."""
    look = Look(account=account, action=Action.PLAYLIST, camera_id=camera_id)
    with services.transaction() as session:
        if end is None:
            text = _event(services, session, looking, look, start)
        else:
            text = _vod(session, looking, look, checked_range(start, end))
    return Response(text, media_type=_HLS, headers={"cache-control": "no-store"})


@router.get("/runs/{run_id}/init.mp4", response_class=Response)
def show_init(run_id: UUID, request: Request, services: Use, account: Auditor) -> Response:
    """The init that all segments of a run share. Looks are noted at the playlist."""
    with services.transaction() as session:
        run = session.get(RunRow, run_id)
        if run is None:
            raise NotFoundError("there is no such run")
        visible_camera(session, account, run.camera_id)
        if run.init_stored_utc is None:
            raise NotFoundError("the archive does not hold this init")
    stored = _stored(services, run.object_key, run.init_size_bytes, run.init_sha256)
    return answer_bytes(request, stored)


@router.get("/segments/{segment_id}.m4s", response_class=Response)
def show_segment(segment_id: UUID, request: Request, services: Use, account: Auditor) -> Response:
    """One segment, byte for byte as it was recorded. Looks are noted at the playlist."""
    with services.transaction() as session:
        row = session.get(SegmentRow, segment_id)
        if row is None:
            raise NotFoundError("there is no such segment")
        visible_camera(session, account, row.camera_id)
        if row.state != SegmentState.STORED.value:
            raise NotFoundError(f"the archive does not show this segment: it is {row.state}")
    stored = _stored(services, row.object_key, row.size_bytes, row.sha256)
    return answer_bytes(request, stored)


def _event(
    services: Services, session: Session, looking: Looking, look: Look, start_utc: datetime
) -> str:
    now_utc = services.now_utc
    if not now_utc - _LONGEST_EVENT <= start_utc <= now_utc:
        raise BadTimeRangeError("without an end, the start must lie within the last 24 hours")
    # A player asks again every few seconds.
    looking.note_once(session, replace(look, detail=f"from {to_iso(start_utc)} on"))
    return load_event(session, look.camera_id, start_utc, now_utc)


def _vod(session: Session, looking: Looking, look: Look, wanted: TimeRange) -> str:
    looking.note(session, replace(look, range=wanted))
    return load_vod(session, look.camera_id, wanted)


def _stored(services: Services, key: str, size_bytes: int, sha256: str) -> StoredBytes:
    return StoredBytes(
        size_bytes=size_bytes,
        sha256=sha256,
        media_type="video/mp4",
        read=partial(services.store.get, key),
    )
