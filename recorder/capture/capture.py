"""The capture side of one camera: keeps a session open and hands on what it brings."""

import threading
from collections.abc import Callable
from random import Random

import av
import structlog

from core.backoff import Backoff
from core.clock import Clock
from core.footage import GapCause
from recorder.capture.inbox import Blamed, Inbox
from recorder.capture.rests import LONGEST_S, Rests
from recorder.capture.run_keeper import Arrived, RunKeeper
from recorder.counters import Counters
from recorder.errors import BoxError, SourceError, SourceGarbageError, SourceSilentError
from recorder.media.packet import MediaPacket
from recorder.sources.session import Session

log = structlog.get_logger(__name__)
_RETRY = Backoff(first_s=0.5, cap_s=15.0)
_HEALTHY_AFTER_S = 10.0
"""A session that gave pictures for so long was no storm of reconnects: start over politely."""
_KEYFRAME_WITHIN_S = 120.0
"""Smart codecs stretch their GOP to a minute; a session without any keyframe is no video."""
_RUN_WITHIN_S = 10.0
"""When nothing can be begun with the pictures of so long a time, they are named garbage, though
they may yet turn out to be the tail of a long GOP."""
SILENT_AFTER_S = 8.0
"""Without a picture for so long a session is given up."""


class Capture:
    """Opens the camera for ever and feeds its runs, in the thread that calls `run`.

    It waits for the camera and for nothing else: what it hands on goes into bounded buffers.

    Args:
        open_session: Opens the source; raises SourceError.
        is_endless: Whether a session that ends is a failure; a file played once is not.
        keeper: Divides packets into runs.
        clock: Time.
        inbox: Told why nothing comes.
        counters: Told of every packet.
        stopping: Set from outside to end.
        random: Spreads the retries.
    """

    def __init__(
        self,
        *,
        open_session: Callable[[], Session],
        is_endless: bool,
        keeper: RunKeeper,
        clock: Clock,
        inbox: Inbox,
        counters: Counters,
        stopping: threading.Event,
        random: Random,
    ) -> None:
        self._open_session = open_session
        self._is_endless = is_endless
        self._keeper = keeper
        self._clock = clock
        self._inbox = inbox
        self._counters = counters
        self._stopping = stopping
        self._random = random
        self._session: Session | None = None
        self._failures = 0
        self._opened_s = 0.0
        self._last_keyframe_s = 0.0
        self._last_run_s = 0.0

    def run(self) -> None:
        """Work until told to stop, or until a file played once is over."""
        while not self._stopping.is_set():
            try:
                self._one_session()
            except SourceError as error:
                if not self._stopping.is_set():  # else it is our own abort that ended it
                    self._failed(error)
            else:
                if not self._is_endless:
                    break
        self._inbox.close()

    def abort(self) -> None:
        """From another thread: end the present session, if that can be done."""
        session = self._session
        if session is not None:
            session.abort()

    def abort_if_silent(self) -> None:
        """From another thread: end a session that has been giving nothing, if that can be done."""
        if self._is_silent(self._clock.monotonic_s()):
            self.abort()

    def _is_silent(self, now_s: float) -> bool:
        last_s = max(self._opened_s, self._counters.last_packet_s or 0.0)
        return self._session is not None and now_s - last_s > SILENT_AFTER_S

    def _one_session(self) -> None:
        self._opened_s = float("inf")
        session = self._open_session()
        self._opened_s = self._clock.monotonic_s()
        self._last_keyframe_s = self._last_run_s = self._opened_s
        self._session = session
        self._counters.sessions_total += 1
        try:
            self._read(session)
        except (av.FFmpegError, BoxError) as error:
            raise SourceGarbageError(f"cannot be muxed: {type(error).__name__}") from None
        finally:
            self._session = None
            self._end_run()
            session.close()
            self._counters.session_ended()

    def _read(self, session: Session) -> None:
        """Collect packets for a moment and handle them together.

        Each wake-up of the interpreter for a single packet costs several times what the packet
        does: its caches are cold. A tap that wants every picture gets each at once.
        """
        monotonic_s, keeper = self._clock.monotonic_s, self._keeper
        rests = Rests(session.time_base)
        batch: list[Arrived] = []
        try:
            for packet in session.packets():
                now_s = monotonic_s()
                batch.append((packet, now_s))
                rest_s = self._rest_s(session, packet, rests, now_s)
                if rest_s or now_s - batch[0][1] >= LONGEST_S or keeper.is_awaited:
                    # What fails half-way must not be handled a second time below.
                    pending, batch = batch, []
                    self._handle(session, pending)
                    if self._stopping.is_set() or (rest_s and self._stopping.wait(rest_s)):
                        break
        finally:
            self._handle(session, batch)

    def _rest_s(self, session: Session, packet: MediaPacket, rests: Rests, now_s: float) -> float:
        """How long to leave the session unread after this packet."""
        if not session.keeps_unread or packet.pts is None or self._keeper.is_awaited:
            return 0.0
        if packet.stream_index != session.video.index:
            return 0.0
        return rests.after(packet.pts, packet.size, now_s)

    def _handle(self, session: Session, batch: list[Arrived]) -> None:
        video, keeper = session.video.index, self._keeper
        pictures = [a for a in batch if a[0].stream_index == video and a[0].size]
        if pictures:
            self._note(pictures)
        elif batch and self._is_silent(batch[-1][1]):
            raise SourceSilentError("sound comes and no picture")
        if len(pictures) == len(batch):
            keeper.take(session, pictures)
            return
        for packet, now_s in batch:
            if packet.stream_index == video and packet.size:
                keeper.take(session, [(packet, now_s)])
            elif packet.size:
                keeper.take_sound(packet)

    def _note(self, pictures: list[Arrived]) -> None:
        """Count pictures, and see that keyframes are among them now and then."""
        now_s = pictures[-1][1]
        for packet, came_s in pictures:
            if packet.is_keyframe:
                self._last_keyframe_s = came_s
                self._counters.keyframe_came(came_s)
        self._counters.pictures_came(len(pictures), sum(p.size for p, _ in pictures), now_s)
        if now_s - self._last_keyframe_s > _KEYFRAME_WITHIN_S:
            raise SourceGarbageError("no keyframe came for two minutes")
        if self._keeper.is_running:
            self._last_run_s = now_s
            self._counters.source_trouble = None
        elif now_s - self._last_run_s > _RUN_WITHIN_S:
            self._blame(GapCause.CAMERA_GARBAGE)

    def _end_run(self) -> None:
        try:
            self._keeper.end(None)
        except (av.FFmpegError, BoxError) as error:
            # What the muxer still held, a second at most, cannot be had; the rest is safe.
            log.warning("run.end_lost", error=type(error).__name__)

    def _blame(self, cause: GapCause) -> None:
        if self._counters.source_trouble is not cause:
            self._inbox.put(Blamed(cause=cause))
        self._counters.source_trouble = cause

    def _failed(self, error: SourceError) -> None:
        lasted_s = self._clock.monotonic_s() - self._opened_s
        self._failures = 1 if lasted_s > _HEALTHY_AFTER_S else self._failures + 1
        delay_s = _RETRY.delay_s(self._failures, self._random)
        self._counters.source_trouble = None
        self._blame(error.cause)
        log.warning("source.failed", error=str(error), cause=error.cause, retry_in_s=delay_s)
        self._stopping.wait(delay_s)
