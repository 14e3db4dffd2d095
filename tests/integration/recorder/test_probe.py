"""The probe with a real decoder and real keyframes; only the time is ours."""

import os
import threading
from uuid import uuid4

import numpy as np
import pytest

from core.wire.heartbeat import Picture
from recorder.probe.keyframe_decoder import KeyframeDecoder, KeyframeError
from recorder.probe.keyframe_eye import KeyframeEye
from recorder.probe.probe import LOOK_EVERY_S, Probe, known_for_s
from recorder.taps.board import TapBoard
from tests.fakes.clock import FakeClock
from tests.parts.keyframes import as_unit, keyframe
from tests.waiting import PATIENCE_S, wait_until

SIZE = (360, 640)


def room(seed=0, size=SIZE):
    """Tables in a hall, with the noise of a sensor."""
    rows, columns = np.indices(size) // 40
    picture = np.where((rows + columns) % 2, 170, 80)
    noise = np.random.default_rng(seed).normal(0, 3, size)
    return np.clip(picture + noise, 16, 235).astype(np.uint8)


def plain(luma, seed=0):
    noise = np.random.default_rng(seed).normal(0, 3, SIZE)
    return np.clip(luma + noise, 16, 235).astype(np.uint8)


class Board(TapBoard):
    tap = TapBoard.add


class ProbedCamera:
    """A camera whose keyframes come when a test says so."""

    def __init__(self):
        self.board, self.neighbour = Board(), Board()
        self.clock = FakeClock()
        self.camera_id, neighbour_id = uuid4(), uuid4()
        cameras = {self.camera_id: self.board, neighbour_id: self.neighbour}
        self.probe = Probe(cameras, self.clock)
        self._neighbour_id = neighbour_id
        self._number = 0

    def push(self, data, codec="h264"):
        self._number += 1
        self.board.push(as_unit(data, self._number, self.clock.monotonic_s(), codec))

    @property
    def look(self):
        return self.probe.look(self.camera_id)

    def sees(self, data, codec="h264"):
        """Send a keyframe when the next may be looked at; returns the word for it."""
        self.clock.advance(LOOK_EVERY_S)
        self.push(data, codec)
        now_s = self.clock.monotonic_s()
        wait_until(
            lambda: self._has_seen(now_s), within_s=PATIENCE_S, what="the keyframe was looked at"
        )
        return self.look.picture

    def turn(self):
        """Let the probe look at the camera beside this one, and so look for both."""
        self.neighbour.push(as_unit(keyframe(room()), 1, self.clock.monotonic_s()))
        has_turned = "the camera beside was looked at"
        wait_until(
            lambda: self.probe.look(self._neighbour_id) is not None,
            within_s=PATIENCE_S,
            what=has_turned,
        )

    def _has_seen(self, at_s):
        return self.look is not None and self.look.taken_monotonic_s == at_s


@pytest.fixture
def camera():
    camera = ProbedCamera()
    camera.probe.start()
    wait_until(
        lambda: not camera.board.is_empty, within_s=PATIENCE_S, what="the probe taps the camera"
    )
    yield camera
    camera.probe.stop()


def test_there_is_no_look_before_the_first_keyframe(camera):
    assert camera.look is None
    assert camera.probe.look(uuid4()) is None


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_room_is_a_good_picture_with_a_small_jpeg(camera, codec):
    assert camera.sees(keyframe(room(), codec), codec) is Picture.OK
    assert camera.look.jpeg.startswith(b"\xff\xd8")
    assert len(camera.look.jpeg) <= 64 * 1024
    assert camera.look.taken_utc == camera.clock.utc()


def test_the_hardest_picture_still_fits(camera):
    white_noise = np.random.default_rng(1).integers(0, 255, (1080, 1920), dtype=np.uint8)
    camera.sees(keyframe(white_noise))
    assert len(camera.look.jpeg) <= 64 * 1024


def test_a_hand_before_the_lens_is_covered_and_a_cap_is_dark(camera):
    words = [camera.sees(keyframe(room()))]
    words += [camera.sees(keyframe(plain(80, seed))) for seed in (1, 2)]
    words += [camera.sees(keyframe(plain(18, seed))) for seed in (3, 4)]
    words += [camera.sees(keyframe(room(seed))) for seed in (5, 6)]
    assert words == ["ok", "ok", "covered", "covered", "dark", "dark", "ok"]


def test_the_same_picture_over_and_over_is_frozen_and_a_still_room_is_not(camera):
    same = keyframe(room())
    assert [camera.sees(same) for _ in range(8)][-1] is Picture.FROZEN
    assert [camera.sees(keyframe(room(seed))) for seed in range(8)][-1] is Picture.OK


@pytest.mark.parametrize("data", [b"", b"rubbish", b"\x00\x00\x00\x01\x67rubbish"])
def test_rubbish_is_named_and_the_next_keyframe_gives_a_picture(data):
    eye = KeyframeEye(KeyframeDecoder())
    eye.see(as_unit(keyframe(room(1)), 1, 100.0))
    with pytest.raises(KeyframeError):
        eye.see(as_unit(data, 2, 102.0))
    assert eye.see(as_unit(keyframe(room(2)), 3, 104.0)).picture is Picture.OK


def test_rubbish_ends_neither_the_probe_nor_what_it_saw_before(camera):
    camera.sees(keyframe(room(1)))
    camera.clock.advance(LOOK_EVERY_S)
    camera.push(b"rubbish")
    assert camera.look.picture is Picture.OK
    assert camera.sees(keyframe(room(2))) is Picture.OK


def test_a_camera_may_change_its_codec_and_its_size(camera):
    assert camera.sees(keyframe(room())) is Picture.OK
    assert camera.sees(keyframe(room(), "hevc"), "hevc") is Picture.OK
    assert camera.sees(keyframe(room(size=(720, 1280)))) is Picture.OK


def test_of_many_keyframes_one_in_two_seconds_is_looked_at_and_it_is_the_newest(camera):
    camera.sees(keyframe(room(0)))
    first = camera.look
    for seed in (1, 2, 3):
        camera.clock.advance(0.5)
        camera.push(keyframe(room(seed)))
    newest_s = camera.clock.monotonic_s()
    camera.turn()
    assert camera.look is first
    camera.clock.advance(0.5)
    wait_until(lambda: camera.look is not first, within_s=PATIENCE_S, what="the next look")
    assert camera.look.taken_monotonic_s == newest_s


def test_a_silent_cameras_picture_is_soon_unknown_and_its_still_remains(camera):
    for seed in (1, 2):
        camera.sees(keyframe(room(seed)))
    camera.clock.advance(known_for_s(LOOK_EVERY_S))
    assert camera.look.picture is Picture.OK
    camera.clock.advance(1.0)
    assert camera.look.picture is Picture.UNKNOWN
    assert camera.look.jpeg


@pytest.mark.parametrize(
    ("since_last_s", "known_s"), [(None, 130.0), (2.0, 12.0), (10.0, 25.0), (60.0, 130.0)]
)
def test_a_still_speaks_of_now_until_more_than_two_keyframes_are_missing(since_last_s, known_s):
    assert known_for_s(since_last_s) == known_s


def test_it_works_at_low_priority(camera):
    thread = next(t for t in threading.enumerate() if t.name == "probe")

    def niceness():
        return os.getpriority(os.PRIO_PROCESS, thread.native_id)

    wait_until(lambda: niceness() == 10, within_s=PATIENCE_S, what="the probe is nice")
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 10


def test_a_stopped_probe_leaves_the_cameras(camera):
    camera.sees(keyframe(room()))
    camera.probe.stop()
    assert camera.board.is_empty
    assert camera.look is not None
