"""Cameras that misbehave, each in its own way, beside one that does not.

All belong to one station and misbehave at the same time: what each is called, and that the good
one does not notice.
"""

import contextlib
from collections import defaultdict

import pytest
from structlog.testing import capture_logs

from core.clock import SystemClock
from core.footage import GapCause
from recorder.sources.address import Transport, read_address
from tests.parts.bad_cameras import Babbler, HangsUp, Mute, Noise, NoKeyframes
from tests.parts.film import encode_film, film_pictures, make_film, repeat_film
from tests.parts.free_port import free_port
from tests.parts.recorder_station import RecorderStation
from tests.parts.rtsp import RtspCameras
from tests.waiting import PATIENCE_S, wait_until

SECRET = "opensesame"
BAD = {
    "silent_tcp": GapCause.CAMERA_SILENT,
    "silent_udp": GapCause.CAMERA_SILENT,
    "mute": GapCause.CAMERA_UNREACHABLE,
    "port_closed": GapCause.CAMERA_UNREACHABLE,
    "hangs_up": GapCause.CAMERA_UNREACHABLE,
    "no_file": GapCause.CAMERA_UNREACHABLE,
    "no_device": GapCause.CAMERA_UNREACHABLE,
    "babbler": GapCause.CAMERA_GARBAGE,
    "noise": GapCause.CAMERA_GARBAGE,
    "no_keyframes": GapCause.CAMERA_GARBAGE,
    "no_video": GapCause.CAMERA_GARBAGE,
}
SILENCED = ("silent_tcp", "silent_udp")


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    noise = "testsrc2=size=640x360:rate=25:duration=20,noise=alls=60:allf=t"
    quick = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p"]
    heavy = encode_film(folder / "once.mp4", "-f", "lavfi", "-i", noise, *quick, "-qp", "24")
    # Much longer than the day should last: a film that ends is a camera that hangs up.
    return {
        "good": make_film(folder / "good.mp4", 300),
        "heavy": repeat_film(folder / "heavy.mp4", heavy, 6),
    }


@pytest.fixture(scope="module")
def day(films, tmp_path_factory):
    """The station after a bad minute, the troubles it reported, all it logged, and how long."""
    folder, clock = tmp_path_factory.mktemp("day"), SystemClock()
    with contextlib.ExitStack() as parts, capture_logs() as logs:
        well = parts.enter_context(RtspCameras({n: f"file:{p}" for n, p in films.items()}))
        stopping = parts.enter_context(RtspCameras(dict.fromkeys(SILENCED, "test:320x240@25")))
        bad = {
            name: parts.enter_context(kind())
            for name, kind in {
                "mute": Mute,
                "babbler": Babbler,
                "hangs_up": HangsUp,
                "noise": Noise,
                "no_keyframes": NoKeyframes,
            }.items()
        }
        (folder / "no_video.mp4").write_text("a letter to the commission\n" * 100)
        sources = {
            "good": read_address(well.url("good")),
            "heavy": read_address(well.url("heavy")),
            "silent_tcp": read_address(stopping.url("silent_tcp")),
            "silent_udp": read_address(stopping.url("silent_udp"), transport=Transport.UDP),
            "port_closed": read_address(f"rtsp://admin:{SECRET}@127.0.0.1:{free_port()}/"),
            "no_file": read_address(str(folder / "nowhere.mp4")),
            "no_video": read_address(str(folder / "no_video.mp4")),
            "no_device": read_address("/dev/video99"),
            **{name: read_address(camera.url) for name, camera in bad.items()},
        }
        seen = defaultdict(set)
        began_s = clock.monotonic_s()
        with RecorderStation(folder / "spool", sources) as station:
            _live_through(station, stopping, seen)
        lasted_s = clock.monotonic_s() - began_s
    return station, seen, logs, lasted_s


def _live_through(station, stopping, seen):
    well = ("good", "heavy", *SILENCED)
    wait_until(lambda: all(map(station.is_recording, well)), within_s=PATIENCE_S, what="all well")
    stopping.fall_silent()
    wait_until(
        lambda: _all_named(station, seen), within_s=PATIENCE_S, what=f"every trouble named: {BAD}"
    )
    stopping.go_on()
    wait_until(
        lambda: all(map(station.is_recording, well)), within_s=PATIENCE_S, what="the silent speak"
    )
    segments = station.camera("good").counters.segments_total
    wait_until(
        lambda: station.camera("good").counters.segments_total > segments + 1,
        within_s=PATIENCE_S,
        what="footage after the trouble",
    )


def _all_named(station, seen):
    for name in station.ids:
        seen[name].add(station.trouble(name))
    return all(cause.value in seen[name] for name, cause in BAD.items())


@pytest.mark.parametrize(("name", "cause"), BAD.items())
def test_each_trouble_is_reported_and_leaves_a_gap_by_its_own_name(day, name, cause):
    station, seen, *_ = day
    assert cause.value in seen[name]
    assert cause in station.read(name).causes()


@pytest.mark.parametrize("name", ["good", "heavy"])
def test_a_good_camera_beside_them_has_one_session_without_a_hole(day, name):
    station, seen, *_ = day
    reader = station.read(name)
    # One session: of a slow start the recorder makes two runs, the second with the right times.
    assert station.camera(name).counters.sessions_total == 1
    assert len(reader.covered()) == 1
    assert reader.gaps() == []
    assert station.camera(name).counters.dropped_packets_total == 0
    assert seen[name] == {None}


@pytest.mark.parametrize("name", ["good", "heavy"])
def test_a_good_camera_beside_them_loses_no_picture(day, films, name):
    station, *_ = day
    reader = station.read(name)
    kept = [p.units for segment in reader.segments() for p in reader.pictures(segment)]
    assert len(kept) > 100
    assert kept == [picture.units for picture in film_pictures(films[name], len(kept))]


def test_ten_times_the_bitrate_is_just_more_footage(day):
    station, *_ = day
    segments = station.read("heavy").segments()
    total_s = sum(segment.media_duration.total_seconds() for segment in segments)
    assert 8 * sum(segment.size_bytes for segment in segments) / total_s > 10e6


@pytest.mark.parametrize("name", SILENCED)
def test_a_camera_that_speaks_again_is_recorded_again_with_a_gap_between(day, name):
    station, *_ = day
    reader = station.read(name)
    assert len(reader.covered()) > 1
    assert len(reader.accounted_for()) == 1


def test_a_storm_of_reconnects_is_slowed_down(day):
    station, lasted_s = day[0], day[3]
    # Seven while the pauses grow; each later one lasts for half of a quarter of a minute or more.
    assert 2 <= station.camera("hangs_up").counters.sessions_total <= 7 + lasted_s / 7.5


def test_garbage_is_never_recorded(day):
    station, *_ = day
    for name in ("babbler", "noise", "no_keyframes", "no_video"):
        assert station.read(name).runs() == []


def test_no_log_line_carries_a_cameras_password(day):
    logs = day[2]
    assert any(event["event"] == "source.failed" for event in logs)
    assert SECRET not in str(logs)


def test_every_chain_ends_with_a_stop(day):
    station, *_ = day
    assert all(station.read(name).is_stopped() for name in station.ids)
