"""HLS playlists over the archive: VOD for a range, EVENT for now, live for everybody alike.

Source: RFC 8216 and its revision draft-pantos-hls-rfc8216bis (EXT-X-GAP).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.station import StationMode
from core.timerange import TimeRange
from core.timestamps import to_iso
from storage.holdings import Holding, load_decodable, load_holdings
from storage.index.registry_tables import CameraRow, StationRow

EVENT_PATIENCE = timedelta(seconds=60)
"""How long an announced segment may keep a live playlist waiting for its bytes."""
LIVE_SEGMENTS = 6
"""A minute of them: players begin three before the end, and may fall back as many again."""
_EVENT_TARGET_S = {StationMode.ONLINE: 20, StationMode.RECORDING_ONLY: 120}
"""Twice the segment target, which no segment exceeds unless its GOP does: the value must not
change while somebody watches."""


class NothingPlayableError(NotFoundError):
    """The archive holds nothing of this range that could be played."""

    def __init__(self, camera_id: UUID) -> None:
        super().__init__(f"the archive holds no playable footage of camera {camera_id} there")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistItem:
    """One segment's place in a playlist."""

    segment_id: UUID
    run_id: UUID
    number: int
    range: TimeRange
    is_playable: bool
    """False: known and not here; the player passes over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a player finds things; relative addresses work as well."""

    segment: str = "/api/v1/segments/{segment_id}.m4s"
    init: str = "/api/v1/runs/{run_id}/init.mp4"


_LINKS = Links()


def load_vod(session: Session, camera_id: UUID, wanted: TimeRange, links: Links = _LINKS) -> str:
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
    links: Links = _LINKS,
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
    links: Links = _LINKS,
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


def render_vod(items: Sequence[PlaylistItem], start_utc: datetime, links: Links = _LINKS) -> str:
    """The text of a VOD playlist of at least one item. Pure."""
    target_s = ceil(max(_seconds(item) for item in items))
    offset_s = (start_utc - items[0].range.start_utc).total_seconds()
    lines = [*_head("VOD", target_s)]
    if offset_s > 0:
        lines.append(f"#EXT-X-START:TIME-OFFSET={offset_s:.6f},PRECISE=YES")
    return "\n".join([*lines, *_body(items, links), "#EXT-X-ENDLIST", ""])


def render_event(items: Sequence[PlaylistItem], target_s: int, links: Links = _LINKS) -> str:
    """The text of an EVENT playlist of at least one item. Pure."""
    longest_s = ceil(max(_seconds(item) for item in items))
    return "\n".join([*_head("EVENT", max(target_s, longest_s)), *_body(items, links), ""])


def render_live(items: Sequence[PlaylistItem], target_s: int, links: Links = _LINKS) -> str:
    """The text of a live playlist of the last few of at least one item. Pure.

    The numbers of those that have slid out of it are told, so that a player which comes back
    knows where it is. Source: RFC 8216 section 6.2.2.
    """
    longest_s = ceil(max(_seconds(item) for item in items))
    first = max(0, len(items) - LIVE_SEGMENTS)
    seams = pairwise(items[: first + 1])
    passed = sum(not _continues(before, item) for before, item in seams)
    head = [
        *_top(max(target_s, longest_s), first),
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{passed}",
    ]
    return "\n".join([*head, *_body(items[first:], links), ""])


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
        is_playable=is_playable,
    )


def _trimmed(items: list[PlaylistItem]) -> list[PlaylistItem]:
    playable = [place for place, item in enumerate(items) if item.is_playable]
    return items[playable[0] : playable[-1] + 1] if playable else []


def _head(kind: str, target_s: int) -> Iterator[str]:
    yield from _top(target_s, 0)
    yield f"#EXT-X-PLAYLIST-TYPE:{kind}"


def _top(target_s: int, first: int) -> Iterator[str]:
    yield "#EXTM3U"
    yield "#EXT-X-VERSION:7"
    yield f"#EXT-X-TARGETDURATION:{target_s}"
    yield f"#EXT-X-MEDIA-SEQUENCE:{first}"


def _body(items: Sequence[PlaylistItem], links: Links) -> Iterator[str]:
    before: PlaylistItem | None = None
    mapped: UUID | None = None
    for item in items:
        if before is not None and not _continues(before, item):
            yield "#EXT-X-DISCONTINUITY"
        if item.is_playable and item.run_id != mapped:
            yield f'#EXT-X-MAP:URI="{links.init.format(run_id=item.run_id)}"'
            mapped = item.run_id
        yield f"#EXT-X-PROGRAM-DATE-TIME:{to_iso(item.range.start_utc)}"
        if not item.is_playable:
            yield "#EXT-X-GAP"
        yield f"#EXTINF:{_seconds(item):.6f},"
        yield links.segment.format(segment_id=item.segment_id)
        before = item


def _continues(before: PlaylistItem, item: PlaylistItem) -> bool:
    return before.run_id == item.run_id and before.number + 1 == item.number


def _seconds(item: PlaylistItem) -> float:
    return item.range.duration.total_seconds()
