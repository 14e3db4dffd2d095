"""What the centre wants of a station: the answer to a heartbeat. Pure."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.live_stream import LiveStream, StreamKey
from core.station import SEGMENT_TARGET_S, LiveMode, StationMode
from core.wire.heartbeat import DesiredConfig

LIVE_WISH = timedelta(seconds=35)
"""How long asking for a live ticket keeps an on-demand camera publishing without a viewer."""
LINGER = timedelta(seconds=25)
"""How long a camera counts as watched after its last viewer: somebody who reloads the page finds
it live. With the questions to the streamer and the heartbeats it stops some 30 s after."""
STILL_WISH = timedelta(seconds=120)
"""How long a look at a camera's still keeps fresh ones coming. Looks are kept once a minute, so
this is one to two minutes after the last one."""
STILL_REFRESH = timedelta(minutes=5)
"""A still older than this is asked for anyway: nobody meets an empty or hours-old wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What people want to see of a station's cameras at this moment."""

    asked_live: frozenset[UUID] = frozenset()
    """Somebody got a live ticket in the last `LIVE_WISH`."""
    watched: frozenset[UUID] = frozenset()
    """The streamer reports viewers, or did so within `LINGER`."""
    looked_at: frozenset[UUID] = frozenset()
    """Somebody asked for the still in the last `STILL_WISH`."""
    stills: Mapping[UUID, datetime]
    """When the newest stills were taken."""


def desired_config(mode: StationMode, live: LiveMode) -> DesiredConfig:
    """How the station shall work."""
    return DesiredConfig(mode=mode, live=live, segment_target_s=SEGMENT_TARGET_S[mode])


def can_go_live(mode: StationMode, live: LiveMode) -> bool:
    """Whether a station's cameras may be watched live at all."""
    return mode is StationMode.ONLINE and live is not LiveMode.NEVER


def cameras_to_publish(
    mode: StationMode, live: LiveMode, camera_ids: tuple[UUID, ...], demand: Demand
) -> tuple[UUID, ...]:
    """Which cameras shall be live now."""
    if not can_go_live(mode, live):
        return ()
    if live is LiveMode.ALWAYS:
        return camera_ids
    wanted = demand.asked_live | demand.watched
    return tuple(camera_id for camera_id in camera_ids if camera_id in wanted)


def streams_of(cameras: Sequence[UUID], doubled: Container[UUID]) -> tuple[StreamKey, ...]:
    """The streams of these cameras; some have a smaller one beside the first."""
    beside = (camera_id for camera_id in cameras if camera_id in doubled)
    smaller = (StreamKey(camera_id, LiveStream.SMALLER) for camera_id in beside)
    return (*map(StreamKey, cameras), *smaller)


def stills_to_send(
    camera_ids: tuple[UUID, ...], demand: Demand, now_utc: datetime
) -> tuple[UUID, ...]:
    """Of which cameras a still shall come with each heartbeat."""

    def is_wanted(camera_id: UUID) -> bool:
        taken_utc = demand.stills.get(camera_id)
        is_old = taken_utc is None or now_utc - taken_utc > STILL_REFRESH
        return is_old or camera_id in demand.looked_at

    return tuple(filter(is_wanted, camera_ids))
