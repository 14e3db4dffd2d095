"""A camera's smaller stream, opened while somebody watches it live and for nothing else."""

import threading
from collections.abc import Callable
from random import Random

import av
import structlog

from core.backoff import Backoff
from core.clock import Clock
from recorder.errors import SourceError
from recorder.media.packet import MediaPacket
from recorder.media.parameter_sets import parameter_sets
from recorder.sources.address import SourceAddress
from recorder.sources.opening import open_source
from recorder.sources.session import Session
from recorder.taps.board import TapBoard
from recorder.taps.tap import AccessUnit, Tap

_log = structlog.get_logger(__name__)
_RETRY = Backoff(first_s=0.5, cap_s=15.0)


class Substream:
    """Offers taps as a camera does; its session is open only while there is one.

    It has nothing to do with the recording: a failure here is a failure of the live picture.

    Args:
        address: The smaller stream's.
        clock: For the arrival times.
        random: Spreads retries.
    """

    def __init__(self, address: SourceAddress, clock: Clock, random: Random) -> None:
        self._address = address
        self._clock = clock
        self._random = random
        self._taps = TapBoard()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._session: Session | None = None
        self._number = -1

    def tap(
        self, *, capacity: int, wake: Callable[[], None], is_keyframes_only: bool = False
    ) -> Tap:
        """Get its pictures; the first tap opens the session."""
        tap = self._taps.add(capacity=capacity, wake=wake, is_keyframes_only=is_keyframes_only)
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="substream", daemon=True)
                self._thread.start()
        return tap

    def close(self) -> None:
        """End for good; returns at once."""
        self._closing.set()
        session = self._session
        if session is not None:
            session.abort()

    def _run(self) -> None:
        failures = 0
        while self._is_wanted():
            try:
                self._one_session()
                failures = 0
            except (SourceError, av.FFmpegError) as error:
                failures += 1
                _log.warning("substream.ended", reason=str(error))
                self._closing.wait(_RETRY.delay_s(failures, self._random))

    def _is_wanted(self) -> bool:
        """Whether to go on; the answer no lets the next tap begin anew."""
        with self._lock:
            if not self._taps.is_empty and not self._closing.is_set():
                return True
            self._thread = None
            return False

    def _one_session(self) -> None:
        session = open_source(self._address, self._clock, self._closing)
        self._session = session
        try:
            for packet in session.packets():
                if self._taps.is_empty or self._closing.is_set():
                    return
                if packet.stream_index == session.video.index and packet.size:
                    self._push(session, packet)
        finally:
            self._session = None
            session.close()

    def _push(self, session: Session, packet: MediaPacket) -> None:
        self._number += 1
        now_s = self._clock.monotonic_s()
        codec = session.video.codec_context.name
        data = bytes(packet)
        if packet.is_keyframe and not parameter_sets(data, codec):
            data = session.extradata + data
        pts = packet.pts if packet.pts is not None else round(now_s / session.time_base)
        self._taps.push(
            AccessUnit(
                number=self._number,
                data=data,
                pts=pts,
                time_base=session.time_base,
                is_keyframe=packet.is_keyframe,
                arrival_monotonic_s=now_s,
                codec=codec,
            )
        )
