from uuid import UUID

import pytest
from prometheus_client import generate_latest

from core.footage import GapCause
from core.wire.heartbeat import CameraReport, DiskReport, Picture, StationReport
from recorder.counters import Counters
from recorder.metrics import Metrics
from recorder.uplink.counters import UplinkCounters
from tests.fakes.journal import MORNING

DEVICE, CAMERA = UUID(int=1), UUID(int=2)


def camera(**changes):
    return CameraReport(camera_id=CAMERA, position=2, **changes)


def report(*cameras, **changes):
    values = {"disk": DiskReport(free_bytes=10**9, seconds_left=3600.0), "uptime_s": 60.0}
    return StationReport(
        device_id=DEVICE, sent_utc=MORNING, agent_version="1", cameras=cameras, **values | changes
    )


def told(given, counters=None, heard_age_s=3.0):
    registry = Metrics(
        lambda: given, {CAMERA: counters or Counters()}, lambda: heard_age_s
    ).registry
    return generate_latest(registry).decode()


def test_a_camera_is_known_by_its_position_alone():
    text = told(report(camera(fps=25.0, last_recorded_age_s=0.8, is_publishing=True)))
    assert 'pollcam_agent_camera_fps{camera="2"} 25.0' in text
    assert 'pollcam_agent_camera_last_recorded_age_seconds{camera="2"} 0.8' in text
    assert 'pollcam_agent_camera_publishing{camera="2"} 1.0' in text
    assert str(CAMERA) not in text
    assert str(DEVICE) not in text


@pytest.mark.parametrize("word", list(Picture))
def test_one_word_of_a_picture_is_one_and_the_others_are_zero(word):
    lines = [
        line for line in told(report(camera(picture=word))).splitlines() if "_picture{" in line
    ]
    ones = [line for line in lines if line.endswith(" 1.0")]
    assert ones == [f'pollcam_agent_camera_picture{{camera="2",picture="{word.value}"}} 1.0']
    assert len(lines) == len(Picture)


def test_what_is_not_known_has_no_sample():
    text = told(report(camera(), disk=DiskReport()), heard_age_s=None)
    for name in ("camera_last_recorded_age_seconds", "camera_keyframe_interval_seconds"):
        assert f"pollcam_agent_{name}{{" not in text
    for name in ("clock_offset_seconds", "disk_seconds_left", "heartbeat_age_seconds"):
        assert f"\npollcam_agent_{name} " not in text


def test_the_way_to_the_archive_is_told():
    counters = UplinkCounters(
        objects_sent_total=5, lines_refused_total=1, objects_refused_total=2, last_success_s=90.0
    )
    text = told(report(uplink=counters.report(100.0)))
    for line in ("uplink_objects_sent_total 5.0", "uplink_refused_total 3.0"):
        assert f"\npollcam_agent_{line}\n" in text
    assert "\npollcam_agent_uplink_success_age_seconds 10.0\n" in text
    fresh = told(report(uplink=UplinkCounters().report(100.0)))
    assert "\npollcam_agent_uplink_success_age_seconds " not in fresh


def test_what_was_recorded_and_what_is_missing_is_counted():
    counters = Counters()
    counters.fragment_written(1000, MORNING, 1.0)
    counters.gap_stated(GapCause.CAMERA_SILENT)
    counters.forfeited(500, GapCause.EVICTED)
    counters.media_clock_lost_total = 6
    text = told(report(camera(reconnects_total=4)), counters)
    assert 'pollcam_agent_camera_recorded_bytes_total{camera="2"} 1000.0' in text
    assert 'pollcam_agent_camera_media_clock_lost_total{camera="2"} 6.0' in text
    assert 'pollcam_agent_camera_forfeited_bytes_total{camera="2"} 500.0' in text
    assert 'pollcam_agent_camera_reconnects_total{camera="2"} 4.0' in text
    assert 'pollcam_agent_camera_gaps_total{camera="2",cause="camera_silent"} 1.0' in text
    assert 'pollcam_agent_camera_gaps_total{camera="2",cause="evicted"} 1.0' in text
    assert 'pollcam_agent_camera_gaps_total{camera="2",cause="disk_full"} 0.0' in text


def test_the_station_is_told_as_the_heartbeat_would():
    text = told(report(backlog_seconds=90.0, clock_offset_s=-0.25, is_clock_synced=True))
    assert "pollcam_agent_backlog_seconds 90.0" in text
    assert "pollcam_agent_clock_offset_seconds -0.25" in text
    assert "pollcam_agent_clock_synced 1.0" in text
    assert "pollcam_agent_disk_seconds_left 3600.0" in text
    assert "pollcam_agent_heartbeat_age_seconds 3.0" in text
