"""What stands in HLS playlists over the archive: VOD for a range, EVENT for now, live for all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.station import StationMode
from core.timerange import TimeRange
from storage.holdings import Holding, load_decodable, load_holdings
from storage.index.registry_tables import CameraRow, StationRow
from storage.playlist_text import (
    IN_THE_API,
    Links,
    PlaylistItem,
    render_event,
    render_live,
    render_vod,
)

EVENT_PATIENCE = timedelta(seconds=60)
"""How long an announced segment may keep a live playlist waiting for its bytes."""
_EVENT_TARGET_S = {StationMode.ONLINE: 20, StationMode.RECORDING_ONLY: 120}
"""Twice the segment target, which no segment exceeds unless its GOP does: the value must not
change while somebody watches."""


class NothingPlayableError(NotFoundError):
    """The archive holds nothing of this range that could be played."""

    def __init__(self, camera_id: UUID) -> None:
        super().__init__(f"the archive holds no playable footage of camera {camera_id} there")


def load_vod(
    session: Session, camera_id: UUID, wanted: TimeRange, links: Links = IN_THE_API
) -> str:
    """The playlist of a finished range, starting at the instant that was asked for.

    Raises:
        NothingPlayableError: Not one playable segment in it.
    """
    items = vod_items(load_decodable(session, camera_id, wanted))
    if not items:
        raise NothingPlayableError(camera_id)
    return render_vod(items, wanted.start_utc, links)


def load_event(
    session: Session,
    camera_id: UUID,
    start_utc: datetime,
    now_utc: datetime,
    links: Links = IN_THE_API,
) -> str:
    """The playlist from `start_utc` up to now. Asked again later, it only grows.

    Raises:
        NothingPlayableError: Nothing to begin with yet.
        NotFoundError: No such camera.
    """
    items, target_s = _load_event_items(session, camera_id, start_utc, now_utc)
    return render_event(items, target_s, links)


def load_live(
    session: Session,
    camera_id: UUID,
    origin_utc: datetime,
    now_utc: datetime,
    links: Links = IN_THE_API,
) -> str:
    """The newest segments, numbered from an origin: the same text for whoever asks at that time.

    Args:
        session: Of the index.
        camera_id: Whose.
        origin_utc: Where counting begins; the same for as long as somebody watches.
        now_utc: The present.
        links: Where a player finds things.

    Raises:
        NothingPlayableError: Nothing to show yet.
        NotFoundError: No such camera.
    """
    items, target_s = _load_event_items(session, camera_id, origin_utc, now_utc)
    return render_live(items, target_s, links)


def vod_items(holdings: Sequence[Holding]) -> list[PlaylistItem]:
    """All of them in their order; absent ones only between playable ones. Pure."""
    return _trimmed([_item(h, is_playable=h.playable_since_utc is not None) for h in holdings])


def event_items(
    holdings: Sequence[Holding], wanted: TimeRange, now_utc: datetime
) -> list[PlaylistItem]:
    """The segments whose place in a growing playlist is decided for good. Pure.

    A segment has `EVENT_PATIENCE` from its announcement. What is playable by then is listed
    as footage, what comes later stays a gap in this playlist (a VOD shows it), and the list
    ends before the first segment that may still go either way.
    """
    items: list[PlaylistItem] = []
    for holding in holdings:
        if not holding.range.overlaps(wanted):
            continue
        deadline_utc = holding.announced_utc + EVENT_PATIENCE
        since_utc = holding.playable_since_utc
        is_playable = since_utc is not None and since_utc <= deadline_utc
        if not is_playable and now_utc < deadline_utc:
            break
        items.append(_item(holding, is_playable=is_playable))
    return items


def _load_event_items(
    session: Session, camera_id: UUID, start_utc: datetime, now_utc: datetime
) -> tuple[list[PlaylistItem], int]:
    camera = session.get(CameraRow, camera_id)
    if camera is None:
        raise NotFoundError(f"there is no camera {camera_id}")
    mode = StationMode(session.get_one(StationRow, camera.station_id).mode)
    wanted = TimeRange(start_utc, max(now_utc, start_utc + timedelta(seconds=1)))
    items = event_items(load_holdings(session, camera_id, wanted), wanted, now_utc)
    if not any(item.is_playable for item in items):
        raise NothingPlayableError(camera_id)
    return items, _EVENT_TARGET_S[mode]


def _item(holding: Holding, *, is_playable: bool) -> PlaylistItem:
    return PlaylistItem(
        segment_id=holding.segment_id,
        run_id=holding.run_id,
        number=holding.number,
        range=holding.range,
        frame_duration=holding.frame_duration,
        is_playable=is_playable,
    )


def _trimmed(items: list[PlaylistItem]) -> list[PlaylistItem]:
    playable = [place for place, item in enumerate(items) if item.is_playable]
    return items[playable[0] : playable[-1] + 1] if playable else []
