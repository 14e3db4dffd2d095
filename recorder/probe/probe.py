"""Looks at each camera's keyframes now and then: a still for people, a word for the heartbeat."""

import importlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from core.clock import Clock
from core.errors import DamagedError
from core.wire.heartbeat import Picture
from recorder.probe.keyframe_decoder import KeyframeDecoder
from recorder.taps.reader import TapSource
from recorder.taps.tap import AccessUnit, Tap

if TYPE_CHECKING:
    from recorder.probe.keyframe_eye import KeyframeEye

LOOK_EVERY_S = 2.0
"""At most one keyframe of a camera is decoded in so long."""
_KNOWN_FOR_S = (12.0, 130.0)
"""A still speaks of now for at least and at most so long. Smart codecs stretch their GOP to a
minute or two."""
_KEYFRAMES_MISSED = 2.5
_NICENESS = 10
_STOP_WITHIN_S = 3.0
_REST_S = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One keyframe as people see it, and what is thought of the picture."""

    jpeg: bytes
    """At most 64 KiB, at most 640 wide."""
    picture: Picture
    """UNKNOWN also when the still is too old to speak of now."""
    taken_utc: datetime
    taken_monotonic_s: float


class Probe:
    """Decodes keyframes at low priority, in one thread for all cameras, from `start` to `stop`.

    Capture neither waits for it nor knows of it: each tap holds one keyframe, the newest.

    Args:
        cameras: By id. Those added later are not seen.
        clock: Time.
    """

    def __init__(self, cameras: Mapping[UUID, TapSource], clock: Clock) -> None:
        self._cameras = dict(cameras)
        self._clock = clock
        self._looks: dict[UUID, Look] = {}
        self._known_for_s: dict[UUID, float] = {}
        self._arrived = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)

    def start(self) -> None:
        """Begin to look. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits a moment for the keyframe in work."""
        self._stopping.set()
        self._arrived.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WITHIN_S)

    def look(self, camera_id: UUID) -> Look | None:
        """The camera's newest still, from any thread; None: none yet."""
        look = self._looks.get(camera_id)
        if look is None:
            return None
        age_s = self._clock.monotonic_s() - look.taken_monotonic_s
        is_of_now = age_s <= self._known_for_s[camera_id]
        return look if is_of_now else replace(look, picture=Picture.UNKNOWN)

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while not self._stopping.is_set():
            try:
                self._watch()
            except Exception:  # noqa: BLE001 the supervisor: no still is worth the agent's life
                _log.exception("probe.failed")
                self._stopping.wait(_REST_S)

    def _watch(self) -> None:
        taps = {
            camera_id: source.tap(capacity=1, wake=self._arrived.set, is_keyframes_only=True)
            for camera_id, source in self._cameras.items()
        }
        try:
            self._take_turns(taps)
        finally:
            for tap in taps.values():
                tap.close()

    def _take_turns(self, taps: Mapping[UUID, Tap]) -> None:
        # Imported by the thread that needs it: OpenCV and NumPy take half a second and 26 MiB.
        new_eye = importlib.import_module("recorder.probe.keyframe_eye").KeyframeEye
        decoder = KeyframeDecoder()
        eyes: dict[UUID, KeyframeEye] = {camera_id: new_eye(decoder) for camera_id in taps}
        due_s = dict.fromkeys(taps, 0.0)
        while not self._stopping.is_set():
            now_s = self._clock.monotonic_s()
            for camera_id, tap in taps.items():
                unit = tap.pop() if due_s[camera_id] <= now_s else None
                if unit is not None:
                    due_s[camera_id] = now_s + LOOK_EVERY_S
                    self._see(camera_id, eyes[camera_id], unit)
            self._pause(due_s)

    def _see(self, camera_id: UUID, eye: "KeyframeEye", unit: AccessUnit) -> None:
        try:
            sight = eye.see(unit)
        except DamagedError as error:
            _log.debug("probe.saw_nothing", camera_id=str(camera_id), reason=str(error))
            return
        taken_s, before = unit.arrival_monotonic_s, self._looks.get(camera_id)
        since_s = taken_s - before.taken_monotonic_s if before else None
        self._known_for_s[camera_id] = known_for_s(since_s)
        age = timedelta(seconds=self._clock.monotonic_s() - taken_s)
        self._looks[camera_id] = Look(
            jpeg=sight.jpeg,
            picture=sight.picture,
            taken_utc=self._clock.utc() - age,
            taken_monotonic_s=taken_s,
        )

    def _pause(self, due_s: Mapping[UUID, float]) -> None:
        """Wait for a keyframe, or for the time when one that waits may be taken."""
        now_s = self._clock.monotonic_s()
        waits_s = [due - now_s for due in due_s.values() if due > now_s]
        self._arrived.wait(min(waits_s, default=LOOK_EVERY_S))
        self._arrived.clear()


def known_for_s(since_last_s: float | None) -> float:
    """How long a still speaks of now: until more than two keyframes should have followed it.

    Args:
        since_last_s: Between the keyframes of this still and of the one before; None: none was.
    """
    at_least_s, at_most_s = _KNOWN_FOR_S
    if since_last_s is None:
        return at_most_s
    return min(max(at_least_s, _KEYFRAMES_MISSED * since_last_s), at_most_s)
