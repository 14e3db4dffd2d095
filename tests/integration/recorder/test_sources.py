"""Sources other than a network camera's H.264: H.265, USB cameras, files."""

import os
import signal
from functools import partial

import psutil
import pytest

from core.footage import GapCause
from recorder.sources import child, opening
from recorder.sources.address import SourceAddress, SourceKind, read_address
from recorder.sources.device import device_command
from tests.parts.film import encode_film, film_pictures, make_film
from tests.parts.recorder_station import RecorderStation
from tests.parts.rtsp import rtsp_camera
from tests.waiting import PATIENCE_S, wait_until

SCENE = "testsrc2=size=426x240:rate=10:duration=8"


@pytest.fixture(scope="module")
def hevc_film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "hevc.mp4"
    quick = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:open-gop=0"]
    return encode_film(path, "-f", "lavfi", "-i", SCENE, *quick, "-g", "10", "-tag:v", "hvc1")


@pytest.fixture(scope="module")
def station(hevc_film, tmp_path_factory):
    """One H.265 film from a network camera and from a file, and half a minute of real footage."""
    folder = tmp_path_factory.mktemp("station")
    walk = make_film(folder / "walk.mp4", 4)
    with rtsp_camera(f"hevc:{hevc_film}") as url:
        sources = {
            "network": read_address(url),
            "file": read_address(str(hevc_film), is_looped=False),
            "looped": read_address(str(walk)),
        }
        with RecorderStation(folder / "spool", sources) as station:
            wait_until(lambda: _is_over(station), within_s=PATIENCE_S, what="each is played once")
    return station


def _is_over(station):
    network = station.camera("network").counters.sessions_total
    is_over = network > 1 and not station.camera("file").is_running
    # Its third session may have begun and brought nothing yet.
    return is_over and len(station.read("looped").runs()) > 2


@pytest.mark.parametrize("name", ["network", "file"])
def test_h265_is_recorded_whole_and_decodes_by_itself(station, hevc_film, name):
    reader = station.read(name)
    sent = [picture.units for picture in film_pictures(hevc_film)]
    run, segments = reader.runs()[0], reader.first_runs(len(sent))
    assert run.codec.startswith("hvc1.1.")
    assert (run.width, run.height) == (426, 240)
    assert len(segments) > 1
    assert [reader.decoded(segment) for segment in segments] == [s.frame_count for s in segments]
    kept = [picture.units for s in segments for picture in reader.pictures(s)]
    assert kept == sent


def test_a_file_played_once_ends_its_camera_in_good_order(station):
    reader = station.read("file")
    assert len(reader.runs()) == 1
    assert reader.is_stopped()
    assert station.trouble("file") is None


def test_a_file_played_again_and_again_is_one_run_after_another(station):
    reader = station.read("looped")
    assert len(reader.runs()) > 2
    assert len(reader.accounted_for()) == 1
    assert {s.frame_count for s in reader.segments()} <= set(range(1, 42))


@pytest.fixture
def usb_camera(monkeypatch):
    """What stands for a USB camera: libavdevice's other input, read by the same child."""
    command = partial(device_command, input_format="lavfi")
    monkeypatch.setattr(opening, "device_command", command)
    graph = "testsrc2=size=320x240:rate=25,realtime"
    return SourceAddress(kind=SourceKind.DEVICE, location=graph)


def test_a_usb_camera_is_recorded_through_a_child_and_again_when_that_dies(usb_camera, tmp_path):
    with RecorderStation(tmp_path / "spool", {"usb": usb_camera}, segment_s=1.0) as station:
        counters = station.camera("usb").counters
        wait_until(lambda: counters.segments_total >= 2, within_s=PATIENCE_S, what="footage")
        [camera] = _children("realtime")
        os.kill(camera.pid, signal.SIGKILL)
        wait_until(lambda: counters.sessions_total >= 2, within_s=PATIENCE_S, what="a second child")
        enough = counters.segments_total + 2
        wait_until(
            lambda: counters.segments_total >= enough, within_s=PATIENCE_S, what="more footage"
        )
    reader = station.read("usb")
    assert [reader.decoded(s) for s in reader.segments()] == [
        s.frame_count for s in reader.segments()
    ]
    assert reader.causes() == {GapCause.CAMERA_UNREACHABLE}
    assert len(reader.accounted_for()) == 1
    wait_until(lambda: _children("realtime") == [], within_s=PATIENCE_S, what="both are ended")


def test_a_child_that_never_says_a_word_does_not_hold_up_the_stop(monkeypatch, tmp_path):
    monkeypatch.setattr(opening, "device_command", lambda path: ["sleep", "3600"])
    monkeypatch.setattr(child, "OPEN_TIMEOUT_S", 3600.0)  # nothing but the stop ends it
    camera = SourceAddress(kind=SourceKind.DEVICE, location="/dev/video0")
    with RecorderStation(tmp_path / "spool", {"usb": camera}) as station:
        wait_until(lambda: len(_children("3600")) == 1, within_s=PATIENCE_S, what="the child")
        assert station.recording.stop(PATIENCE_S)
    wait_until(lambda: _children("3600") == [], within_s=PATIENCE_S, what="the child is ended")


def _children(word):
    return [one for one in psutil.Process().children(recursive=True) if _says(one, word)]


def _says(one, word):
    try:
        return one.status() != psutil.STATUS_ZOMBIE and word in " ".join(one.cmdline())
    except psutil.NoSuchProcess:
        return False
