"""Live for any number of viewers: HLS from the archive's newest segments, behind any cache.

Nothing here asks who calls: the path is the right (see `api.hls_paths`). Segments and inits never
change, so a cache may keep them for ever; the playlist it may keep for a second, so that it asks
once a second and camera at the most, whoever many watch.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from api.auth.current import anybody
from api.byte_ranges import StoredBytes, answer_bytes
from api.hls_paths import HlsRight
from api.problems import problem_of
from api.services import Services, Use
from api.wishes import can_go_live
from core.errors import NotFoundError, PollcamError
from core.station import LiveMode, StationMode
from storage.index.footage_tables import RunRow, SegmentRow
from storage.intake.rows import SegmentState
from storage.playlist_text import Links
from storage.playlists import load_live
from storage.registry.stations import get_camera

_HLS = "application/vnd.apple.mpegurl"
_ANYWHERE = {
    # Players run in pages of other hosts, and what opens the door is the path, never a cookie.
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}
_FOR_A_SECOND = {
    **_ANYWHERE,
    # While one request fetches the next one, the others get the last: hundreds ask at that moment.
    "cache-control": "public, max-age=1, stale-while-revalidate=4",
}
_FOR_EVER = {**_ANYWHERE, "cache-control": "public, max-age=31536000, immutable"}
_NEVER = {**_ANYWHERE, "cache-control": "no-store"}
_LINKS = Links(segment="{segment_id}.m4s", init="{run_id}.mp4")
"""Relative, so that they hold wherever a cache puts them, and carry the right on."""

router = APIRouter(
    prefix="/hls/{camera_id}/{begin}/{signature}",
    tags=["live hls"],
    dependencies=[Depends(anybody)],  # the path is the right
)


@router.get("/live.m3u8", response_class=Response)
def show_live_playlist(camera_id: UUID, begin: str, signature: str, services: Use) -> Response:
    """The newest minute, as far as the archive has it: some 20 to 40 s behind the present."""

    def answer() -> Response:
        right = services.hls.check(camera_id, begin, signature, services.now_utc)
        with services.transaction() as session:
            _hold_to_live(session, camera_id)
            text = load_live(session, camera_id, right.origin_utc, services.now_utc, _LINKS)
        return Response(text, media_type=_HLS, headers=_FOR_A_SECOND)

    return _with_advice(answer)


@router.get("/{run_id}.mp4", response_class=Response)
def show_live_init(
    camera_id: UUID, begin: str, signature: str, run_id: UUID, request: Request, services: Use
) -> Response:
    """The init that segments of a run share."""

    def answer() -> Response:
        services.hls.check(camera_id, begin, signature, services.now_utc)
        with services.transaction() as session:
            _hold_to_live(session, camera_id)
            row = session.get(RunRow, run_id)
            if row is None or row.camera_id != camera_id or row.init_stored_utc is None:
                raise NotFoundError("there is no such init")
        return _given(request, services, row.object_key, row.init_size_bytes, row.init_sha256)

    return _with_advice(answer)


@router.get("/{segment_id}.m4s", response_class=Response)
def show_live_segment(
    camera_id: UUID, begin: str, signature: str, segment_id: UUID, request: Request, services: Use
) -> Response:
    """One segment of the time that the path is good for."""

    def answer() -> Response:
        right = services.hls.check(camera_id, begin, signature, services.now_utc)
        with services.transaction() as session:
            _hold_to_live(session, camera_id)
            row = session.get(SegmentRow, segment_id)
            is_here = row is not None and row.state == SegmentState.STORED.value
            if row is None or not is_here or not _is_of(row, right):
                raise NotFoundError("there is no such segment")
        return _given(request, services, row.object_key, row.size_bytes, row.sha256)

    return _with_advice(answer)


def _is_of(row: SegmentRow, right: HlsRight) -> bool:
    return row.camera_id == right.camera_id and right.covers(row.start_utc, row.end_utc)


def _hold_to_live(session: Session, camera_id: UUID) -> None:
    """Raise `NotFoundError` for a camera that may not be watched live, or not any more."""
    camera, station = get_camera(session, camera_id)
    is_allowed = can_go_live(StationMode(station.mode), LiveMode(station.live))
    if not (is_allowed and station.is_active and camera.is_active):
        raise NotFoundError("this camera is not broadcast live")


def _given(
    request: Request, services: Services, key: str, size_bytes: int, sha256: str
) -> Response:
    stored = StoredBytes(
        size_bytes=size_bytes,
        sha256=sha256,
        media_type="video/mp4",
        read=partial(services.store.get, key),
    )
    answer = answer_bytes(request, stored)
    answer.headers.update(_FOR_EVER)
    return answer


def _with_advice(answer: Callable[[], Response]) -> Response:
    """Say of a refusal, too, how long a cache may repeat it."""
    try:
        return answer()
    except PollcamError as error:
        refusal = problem_of(error)
        # Hundreds may wait for a camera's first segment: a cache shall answer them.
        refusal.headers.update(_FOR_A_SECOND if isinstance(error, NotFoundError) else _NEVER)
        return refusal
