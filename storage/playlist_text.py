"""The text of HLS playlists. Pure.

Source: RFC 8216 and its revision draft-pantos-hls-rfc8216bis (EXT-X-GAP).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from uuid import UUID

from core.timerange import TimeRange
from core.timestamps import to_iso
from storage.seams import goes_on

LIVE_SEGMENTS = 6
"""A minute of them: players begin three before the end, and may fall back as many again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistItem:
    """One segment's place in a playlist."""

    segment_id: UUID
    run_id: UUID
    number: int
    range: TimeRange
    frame_duration: timedelta
    is_playable: bool
    """False: known and not here; the player passes over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a player finds things; relative addresses work as well."""

    segment: str = "/api/v1/segments/{segment_id}.m4s"
    init: str = "/api/v1/runs/{run_id}/init.mp4"


IN_THE_API = Links()


def render_vod(
    items: Sequence[PlaylistItem], start_utc: datetime, links: Links = IN_THE_API
) -> str:
    """The text of a VOD playlist of at least one item."""
    target_s = ceil(max(_seconds(item) for item in items))
    offset_s = (start_utc - items[0].range.start_utc).total_seconds()
    lines = [*_head("VOD", target_s)]
    if offset_s > 0:
        lines.append(f"#EXT-X-START:TIME-OFFSET={offset_s:.6f},PRECISE=YES")
    return "\n".join([*lines, *_body(items, links), "#EXT-X-ENDLIST", ""])


def render_event(items: Sequence[PlaylistItem], target_s: int, links: Links = IN_THE_API) -> str:
    """The text of an EVENT playlist of at least one item."""
    longest_s = ceil(max(_seconds(item) for item in items))
    return "\n".join([*_head("EVENT", max(target_s, longest_s)), *_body(items, links), ""])


def render_live(items: Sequence[PlaylistItem], target_s: int, links: Links = IN_THE_API) -> str:
    """The text of a live playlist of the last few of at least one item.

    The numbers of those that have slid out of it are told, so that a player which comes back
    knows where it is. Source: RFC 8216 section 6.2.2.
    """
    longest_s = ceil(max(_seconds(item) for item in items))
    first = max(0, len(items) - LIVE_SEGMENTS)
    seams = pairwise(items[: first + 1])
    passed = sum(not goes_on(before, item) for before, item in seams)
    head = [
        *_top(max(target_s, longest_s), first),
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{passed}",
    ]
    return "\n".join([*head, *_body(items[first:], links), ""])


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
        if before is not None and not goes_on(before, item):
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


def _seconds(item: PlaylistItem) -> float:
    return item.range.duration.total_seconds()
