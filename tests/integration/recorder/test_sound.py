"""Sound is recorded where a camera is configured with it, and nowhere else."""

import io
from itertools import pairwise

import av
import pytest

from core.footage import GapCause
from recorder.sources.address import read_address
from tests.parts.recorder_station import RecorderStation
from tests.parts.rtsp import RtspCameras
from tests.waiting import PATIENCE_S, wait_until

SOUNDS = ("aac", "alaw", "mulaw")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Cameras that send sound, each configured with it, and one that is not."""
    mounts = {name: f"test:320x240@25,sound={name}" for name in SOUNDS}
    mounts["off"] = mounts["aac"]
    with RtspCameras(mounts) as cameras:
        sources = {name: read_address(cameras.url(name), has_sound=True) for name in SOUNDS}
        sources["off"] = read_address(cameras.url("off"))
        spool = tmp_path_factory.mktemp("spool")
        with RecorderStation(spool, sources, segment_s=2.0) as station:
            wait_until(lambda: _have_segments(station), within_s=PATIENCE_S, what="footage of each")
    return station


def _have_segments(station):
    return all(station.camera(name).counters.segments_total >= 3 for name in (*SOUNDS, "off"))


def _last_run(station, name):
    reader = station.read(name)
    run = reader.runs()[-1]
    segments = reader.segments(run.run_id)
    whole = reader.init(run.run_id) + b"".join(reader.file(s) for s in segments)
    return run, segments, av.open(io.BytesIO(whole))


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_is_recorded_as_aac_whatever_the_camera_sends(recorded, name):
    run, _, container = _last_run(recorded, name)
    assert run.codec.endswith(",mp4a.40.2")
    with container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        rate_hz = container.streams.audio[0].codec_context.sample_rate
    with _last_run(recorded, name)[2] as container:
        video_s = sum(1 for _ in container.decode(video=0)) / 25
    assert samples / rate_hz == pytest.approx(video_s, abs=1.0)


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_runs_beside_the_pictures(recorded, name):
    with _last_run(recorded, name)[2] as container:
        times_s = {"audio": [], "video": []}
        for packet in container.demux():
            if packet.size:
                times_s[packet.stream.type].append(float(packet.dts * packet.time_base))
    assert times_s["audio"][0] == pytest.approx(times_s["video"][0], abs=0.5)
    assert times_s["audio"][-1] == pytest.approx(times_s["video"][-1], abs=0.7)
    assert max(after - before for before, after in pairwise(times_s["audio"])) < 0.3


@pytest.mark.parametrize("name", SOUNDS)
def test_pictures_suffer_nothing_from_sound(recorded, name):
    reader = recorded.read(name)
    assert [reader.decoded(s) for s in reader.segments()] == [
        s.frame_count for s in reader.segments()
    ]
    assert reader.causes() <= {GapCause.AGENT_STOPPED}


def test_without_being_asked_for_no_sound_is_recorded(recorded):
    run, _, container = _last_run(recorded, "off")
    with container:
        assert [stream.type for stream in container.streams] == ["video"]
    assert "mp4a" not in run.codec
