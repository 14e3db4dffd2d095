"""What a camera's threads count and the heartbeat reads."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from core.footage import GapCause

_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Of the last ten seconds."""

    fps: float
    bitrate_bps: int


class Counters:
    """One camera's counters. Written by its two threads, read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: deque[tuple[int, int, int]] = deque(maxlen=int(_WINDOW_S) + 1)
        self._second = (0, 0, 0)
        self._last_keyframe_s: float | None = None
        self.keyframe_interval_s: float | None = None
        self.last_packet_s: float | None = None
        self.last_recorded_s: float | None = None
        """Monotonic time of the newest fragment written."""
        self.recording_since_utc: datetime | None = None
        self.source_trouble: GapCause | None = None
        self.disk_trouble: GapCause | None = None
        self.sessions_total = 0
        self.dropped_packets_total = 0
        self.repaired_timestamps_total = 0
        self.media_clock_lost_total = 0
        """Runs that ended because the camera's clock does not go with the time."""
        self.segments_total = 0
        self.recorded_bytes_total = 0
        self.forfeited_bytes_total = 0
        """Deleted or lost here before the archive had them."""
        self.gaps_total: dict[GapCause, int] = {}

    def pictures_came(self, frames: int, size_bytes: int, now_s: float) -> None:
        """Count pictures. Called by the capture thread alone, some times a second."""
        second, frames_before, bytes_before = self._second
        if int(now_s) != second:
            with self._lock:
                self._seconds.append(self._second)
            second, frames_before, bytes_before = int(now_s), 0, 0
        self._second = (second, frames_before + frames, bytes_before + size_bytes)
        self.last_packet_s = now_s

    def keyframe_came(self, now_s: float) -> None:
        """Measure the distance of keyframes. Called by the capture thread alone."""
        if self._last_keyframe_s is not None:
            self.keyframe_interval_s = now_s - self._last_keyframe_s
        self._last_keyframe_s = now_s

    def session_ended(self) -> None:
        """The next keyframe's distance says nothing of the camera."""
        self._last_keyframe_s = self.keyframe_interval_s = None

    def dropped(self, pictures: int) -> None:
        """Count pictures that came and were not recorded."""
        with self._lock:
            self.dropped_packets_total += pictures

    def fragment_written(self, size_bytes: int, start_utc: datetime, now_s: float) -> None:
        """New parsable bytes are on the disk; called by the disk thread alone."""
        # A silent camera's last picture reaches the disk when its session is given up. It is not
        # news then: its age goes on counting from when it came.
        self.last_recorded_s = min(now_s, self.last_packet_s or now_s)
        self.disk_trouble = None
        self.recorded_bytes_total += size_bytes
        if self.recording_since_utc is None:
            self.recording_since_utc = start_utc

    def disk_failed(self, cause: GapCause) -> None:
        """Nothing more is recorded until the disk takes bytes again."""
        self.disk_trouble = cause
        self.recording_since_utc = None

    def forfeited(self, size_bytes: int, cause: GapCause) -> None:
        """Count footage that is gone for good."""
        self.forfeited_bytes_total += size_bytes
        self.gap_stated(cause)

    def gap_stated(self, cause: GapCause) -> None:
        """Count one gap."""
        self.gaps_total[cause] = self.gaps_total.get(cause, 0) + 1

    def rates(self, now_s: float) -> Rates:
        """Pictures and bits a second, over the whole seconds of the window."""
        with self._lock:
            whole = [s for s in self._seconds if now_s - _WINDOW_S - 1 <= s[0] < int(now_s)]
        if not whole:
            return Rates(fps=0.0, bitrate_bps=0)
        span_s = max(1, int(now_s) - whole[0][0])
        frames, total_bytes = sum(s[1] for s in whole), sum(s[2] for s in whole)
        return Rates(fps=frames / span_s, bitrate_bps=8 * total_bytes // span_s)
