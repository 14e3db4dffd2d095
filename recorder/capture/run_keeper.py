"""Divides what a camera's sessions bring into runs, and fans single pictures out."""

from collections.abc import Callable, Sequence

import structlog

from core.footage import GapCause
from recorder.capture.inbox import Inbox, RunEnded
from recorder.capture.keyframe_check import decodes_alone
from recorder.capture.run_feed import RunFeed
from recorder.counters import Counters
from recorder.media.h264_sps import read_sps
from recorder.media.packet import MediaPacket
from recorder.media.parameter_sets import nal_units, parameter_sets
from recorder.media.timestamps import Break, BrokenTimestampsError, Order, Stamp, reorder_depth
from recorder.sources.session import Session
from recorder.taps.board import TapBoard
from recorder.taps.tap import AccessUnit

log = structlog.get_logger(__name__)
_PEEK = 8
_PEEK_S = 1.0
"""What is held is lost when the agent is killed."""
_MAX_DEPTH = 16
"""ITU-T H.264 section A.3.1: no stream reorders deeper."""

Arrived = tuple[MediaPacket, float]
"""A packet and when it came, by the monotonic clock."""
NewFeed = Callable[[Session, bytes, Order], RunFeed]
"""Makes a run's feed from a session, the parameter sets in force and the order of pictures."""
_CAUSE_AFTER = {Break.HOLE: GapCause.CAMERA_SILENT}


class RunKeeper:
    """Takes every picture of a camera in order. Used by the capture thread alone.

    A run begins on a keyframe that decodes by itself, and ends when the session ends, when the
    parameter sets change, when timestamps break, when the device's clock is set, or when the
    camera's runs so wrong that the times of its footage would be too.

    Args:
        new_feed: Makes a run.
        inbox: Told of the ends of runs.
        taps: Where single pictures go.
        counters: Told of pictures that no run could take.
    """

    def __init__(
        self, *, new_feed: NewFeed, inbox: Inbox, taps: TapBoard, counters: Counters
    ) -> None:
        self._new_feed = new_feed
        self._inbox = inbox
        self._taps = taps
        self._counters = counters
        self._feed: RunFeed | None = None
        self._learned_depth: int | None = None
        self._number = -1
        self._held: list[tuple[Session, MediaPacket, float]] = []

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for every picture, so that none may be held back."""
        return self._taps.is_wanting

    @property
    def is_running(self) -> bool:
        """Whether a run is being recorded, or about to begin."""
        return self._feed is not None or bool(self._held)

    def take(self, session: Session, pictures: Sequence[Arrived]) -> None:
        """Take the session's next pictures.

        Raises:
            BoxError, av.FFmpegError: They cannot be recorded.
        """
        for packet, now_s in pictures:
            if self._held or (packet.is_keyframe and self._must_hold(session, packet)):
                self._hold(session, packet, now_s)
            else:
                self._take(session, packet, now_s)

    def _hold(self, session: Session, packet: MediaPacket, now_s: float) -> None:
        self._held.append((session, packet, now_s))
        if len(self._held) == _PEEK or now_s - self._held[0][2] > _PEEK_S:
            self._release()

    def _take(self, session: Session, packet: MediaPacket, now_s: float) -> None:
        if packet.is_keyframe:
            self._turn_over(session, bytes(packet))
        stamp = self._stamped(session, packet)
        feed = self._feed
        if feed is None or stamp is None:
            self._counters.dropped(1)
            return
        self._number += 1
        if not self._taps.is_empty:
            self._fan_out(session, packet, stamp, feed.sets, now_s)
        feed.write(packet, stamp, now_s)

    def take_sound(self, packet: MediaPacket) -> None:
        """Take sound that goes with the pictures."""
        if self._feed is not None:
            self._feed.write_sound(packet)

    def end(self, cause: GapCause | None, *, goes_on: bool = False) -> None:
        """End the present run, if any; `cause` and `goes_on` say what comes after."""
        self._release()
        feed, self._feed = self._feed, None
        if feed is None:
            return
        self._counters.repaired_timestamps_total += feed.timestamps.repaired_total
        if cause is None and feed.is_clock_stepped:
            cause = GapCause.CLOCK_STEPPED
        try:
            feed.close()
        finally:
            self._inbox.put(RunEnded(cause=cause, goes_on=goes_on))

    def _must_hold(self, session: Session, packet: MediaPacket) -> bool:
        """Whether to look at the first pictures before a run begins.

        RTSP says when pictures are shown and not when they decode, and many cameras do not say
        how far the two may differ: the order of the first pictures does.
        """
        if self._learned_depth is not None or packet.dts is not None:
            return False
        codec = session.video.codec_context.name
        sets = parameter_sets(bytes(packet), codec) or session.extradata
        return bool(sets) and _said_depth(sets, codec) is None

    def _release(self) -> None:
        held, self._held = self._held, []
        if held:
            self._learned_depth = reorder_depth([packet.pts for _, packet, _ in held])
        for session, packet, now_s in held:
            self._take(session, packet, now_s)

    def _turn_over(self, session: Session, keyframe: bytes) -> None:
        """At a keyframe: end a run that cannot go on, begin one where none is."""
        codec = session.video.codec_context.name
        sets = parameter_sets(keyframe, codec)
        feed = self._feed
        is_changed = feed is not None and bool(sets) and sets != feed.sets
        if feed is not None and not is_changed and not feed.must_end:
            return
        sets = sets or session.extradata
        can_begin = bool(sets) and decodes_alone(keyframe, sets, codec)
        if feed is not None:
            self._turn_from(feed, is_changed=is_changed, can_begin=can_begin)
        if can_begin:
            self._feed = self._new_feed(session, sets, self._order(sets, codec))

    def _turn_from(self, feed: RunFeed, *, is_changed: bool, can_begin: bool) -> None:
        """End a run at a keyframe that opens another, or would if it could be decoded."""
        if is_changed:
            log.info("run.parameters_changed")
        if feed.is_media_clock_lost and not feed.is_clock_stepped:
            log.info("run.media_clock_lost")
            self._counters.media_clock_lost_total += 1
        self.end(None, goes_on=can_begin and feed.is_media_clock_lost and feed.goes_on)

    def _stamped(self, session: Session, packet: MediaPacket) -> Stamp | None:
        if self._feed is None:
            return None
        try:
            return self._feed.stamp(packet)
        except BrokenTimestampsError as error:
            log.warning("run.timestamps_broken", reason=error.reason)
            if error.reason is Break.REORDERED:
                self._learned_depth = min(_MAX_DEPTH, (self._learned_depth or 0) + 1)
            self.end(_CAUSE_AFTER.get(error.reason))
        if not packet.is_keyframe:
            return None
        return self._stamped_anew(session, packet)

    def _stamped_anew(self, session: Session, packet: MediaPacket) -> Stamp | None:
        """A keyframe that could not follow opens the next run."""
        self._turn_over(session, bytes(packet))
        return None if self._feed is None else self._feed.stamp(packet)

    def _order(self, sets: bytes, codec: str) -> Order:
        said, learned = _said_depth(sets, codec), self._learned_depth or 0
        return Order(max(said or 0, learned), is_stated=said is not None and said >= learned)

    def _fan_out(
        self, session: Session, packet: MediaPacket, stamp: Stamp, sets: bytes, now_s: float
    ) -> None:
        if not self._taps.wants(is_keyframe=packet.is_keyframe):
            return
        codec = session.video.codec_context.name
        data = bytes(packet)
        if packet.is_keyframe and not parameter_sets(data, codec):
            data = sets + data
        self._taps.push(
            AccessUnit(
                number=self._number,
                data=data,
                pts=stamp.pts,
                time_base=session.time_base,
                is_keyframe=packet.is_keyframe,
                arrival_monotonic_s=now_s,
                codec=codec,
            )
        )


def _said_depth(sets: bytes, codec: str) -> int | None:
    """The reorder depth the parameter sets state, or None."""
    if codec != "h264":
        return None
    try:
        return read_sps(next(nal_units(sets))).reorder_depth
    except (ValueError, StopIteration):
        return None
