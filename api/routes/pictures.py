"""Pictures of now: the newest still, and the way to the live stream."""

from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.auth.account import Account
from api.auth.current import require
from api.auth.rights import Right
from api.fleet_views import age_s
from api.looks import Look, UseLooking
from api.services import Use
from api.v1 import V1
from api.wishes import can_go_live
from core.errors import ConflictError, NotFoundError
from core.live_token import LiveAction, sign_live_token
from core.station import LiveMode, StationMode
from core.wire.live import LiveTicket
from storage.registry.access_log import Action
from storage.registry.stills import find_still

router = APIRouter(prefix=V1, tags=["pictures"])


class NotLiveError(ConflictError):
    """This station does not broadcast; its footage goes to the archive alone."""


@router.get("/cameras/{camera_id}/snapshot.jpg", response_class=Response)
def show_snapshot(
    camera_id: UUID,
    request: Request,
    services: Use,
    looking: UseLooking,
    account: Annotated[Account, Depends(require(Right.SEE_SNAPSHOT))],
) -> Response:
    """The newest still; `Last-Modified` and `X-Still-Age-S` say of when. 404 when there is none.

    Asking keeps new ones coming for a while.
    """
    look = Look(account=account, action=Action.SNAPSHOT, camera_id=camera_id)
    with services.transaction() as session:
        looking.note_once(session, look)
        still = find_still(session, camera_id)
    if still is None:  # only now: that somebody asked is committed, and has one sent
        raise NotFoundError("there is no picture of this camera yet")
    headers = {
        "cache-control": "private, no-cache",
        "etag": f'"{still.taken_utc.timestamp():.6f}"',
        "last-modified": format_datetime(still.taken_utc, usegmt=True),
        "x-still-age-s": f"{age_s(still.taken_utc, services.now_utc):.1f}",
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(still.jpeg, media_type="image/jpeg", headers=headers)


@router.get("/cameras/{camera_id}/live")
def show_live(
    camera_id: UUID,
    services: Use,
    looking: UseLooking,
    account: Annotated[Account, Depends(require(Right.WATCH_LIVE))],
) -> LiveTicket:
    """What a browser needs to watch. A camera that is live on demand starts within seconds."""
    look = Look(account=account, action=Action.LIVE, camera_id=camera_id)
    with services.transaction() as session:
        camera, station = looking.note(session, look)
        is_allowed = can_go_live(StationMode(station.mode), LiveMode(station.live))
        if not (is_allowed and station.is_active and camera.is_active):
            raise NotLiveError("this camera is not broadcast live; look in the archive")
        station_id = station.station_id
    services.knocks.knock(station_id)  # only now: its heartbeat must find the look committed
    token, expires_utc = sign_live_token(
        services.live_key,
        camera_id,
        LiveAction.VIEW,
        str(account.account_id),
        services.now_utc,
        node=services.settings.streamer_node,
    )
    settings = services.settings
    hls_path, _ = services.hls.path_of(camera_id, services.now_utc)
    return LiveTicket(
        whep_url=f"{settings.streamer_url}/whep/{camera_id}",
        token=token,
        expires_utc=expires_utc,
        hls_url=f"{settings.hls_url or settings.public_url}{hls_path}",
    )
