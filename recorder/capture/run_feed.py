"""Capture's side of one run: packets in, messages for the disk thread out."""

from uuid import UUID, uuid4

from core.clock import Clock
from recorder.capture.inbox import FragmentCame, Inbox, RunBegan
from recorder.capture.timeline import Instant, Timeline
from recorder.clock_state import ReadClockState
from recorder.media.boxes import Fragment, Init
from recorder.media.init_boxes import read_init
from recorder.media.muxer import RunMuxer
from recorder.media.packet import MediaPacket
from recorder.media.timestamps import Order, Stamp, Timestamps
from recorder.sources.session import Session

_SOUND_WITHIN_S = 5.0


class RunFeed:
    """One run, from its first keyframe to its end. Used by the capture thread.

    Args:
        session: Whose packets come.
        sets: The parameter sets in force, Annex B.
        order: See `Timestamps`.
        clock: Time.
        read_clock_state: What is known of the device's clock.
        inbox: Where the run's pieces go.
    """

    def __init__(
        self,
        *,
        session: Session,
        sets: bytes,
        order: Order,
        clock: Clock,
        read_clock_state: ReadClockState,
        inbox: Inbox,
    ) -> None:
        self.sets = sets
        self.run_id: UUID = uuid4()
        self.timestamps = Timestamps(
            time_base=session.time_base, frame_ticks=_frame_ticks(session), order=order
        )
        self._time_base = session.time_base
        self._tick_s = float(session.time_base)
        self._media_s = 0.0
        self._muxer = RunMuxer(session.video, session.sound, sets)
        self._timeline = Timeline()
        self._timescale = 1
        self._clock = clock
        self._read_clock_state = read_clock_state
        self._inbox = inbox

    @property
    def must_end(self) -> bool:
        """Whether the next keyframe is to open another run."""
        return self.is_clock_stepped or self.is_media_clock_lost

    @property
    def is_clock_stepped(self) -> bool:
        """Whether the device's clock was set during the run."""
        return self._timeline.is_clock_stepped

    @property
    def is_media_clock_lost(self) -> bool:
        """Whether the camera's clock led its footage away from when it came."""
        return self._timeline.is_media_clock_lost

    @property
    def goes_on(self) -> bool:
        """Whether a run that begins with the next picture misses nothing of the camera's."""
        return not self.is_clock_stepped and not self._timeline.has_paused

    def stamp(self, packet: MediaPacket) -> Stamp:
        """Its times in the run.

        Raises:
            BrokenTimestampsError: It is of another run.
        """
        return self.timestamps.stamp(packet.pts, packet.dts)

    def write(self, packet: MediaPacket, stamp: Stamp, now_s: float) -> None:
        """Take the next picture.

        Raises:
            av.FFmpegError: It cannot be muxed.
            BoxError: What the muxer made cannot be read.
        """
        self._media_s = stamp.dts * self._tick_s
        self._timeline.arrived(self._media_s, now_s)
        pieces = self._muxer.write(packet, stamp)
        if pieces:
            self._hand_on(pieces)

    def write_sound(self, packet: MediaPacket) -> None:
        """Take sound that goes with the pictures; raises as `write` does.

        Sound of another time than theirs is left out: a clock of its own would lead it away.
        """
        zero = round(self.timestamps.zero * self._time_base / packet.time_base)
        media_s = float(((packet.pts or 0) - zero) * packet.time_base)
        if abs(media_s - self._media_s) < _SOUND_WITHIN_S:
            self._hand_on(self._muxer.write_sound(packet, zero))

    def close(self) -> None:
        """Hand on what is still inside; raises as `write` does."""
        self._hand_on(self._muxer.close())

    def _hand_on(self, pieces: list[Init | Fragment]) -> None:
        for piece in pieces:
            if isinstance(piece, Init):
                facts = read_init(piece.data)
                self._timescale = facts.timescale
                self._inbox.put(RunBegan(run_id=self.run_id, init=piece.data, facts=facts))
            else:
                self._hand_on_fragment(piece)

    def _hand_on_fragment(self, fragment: Fragment) -> None:
        media_s = fragment.base_time / self._timescale
        start_utc = self._timeline.start_of(media_s, Instant.read(self._clock))
        self._inbox.put(
            FragmentCame(
                run_id=self.run_id,
                fragment=fragment,
                start_utc=start_utc,
                clock=self._read_clock_state(),
            )
        )


def _frame_ticks(session: Session) -> int:
    rate = session.video.average_rate or session.video.guessed_rate or 25
    return max(1, round(1 / (float(rate) * float(session.time_base))))
