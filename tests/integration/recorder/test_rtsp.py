"""A real RTSP server plays real footage, and what is recorded is that footage.

A minute of it here; `POLLCAM_TEST_RTSP_S=3600 pytest tests/integration/recorder/test_rtsp.py`
records an hour.
"""

import os
from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter

import pytest

from recorder.sources.address import Transport, read_address
from tests.parts.film import film_pictures, make_film
from tests.parts.recorder_station import RecorderStation
from tests.parts.rtsp import RtspCameras
from tests.waiting import PATIENCE_S, wait_until

FRAME_S = 0.1
TCP_S, UDP_S = int(os.environ.get("POLLCAM_TEST_RTSP_S", "60")), 20
pytestmark = pytest.mark.timeout(2 * TCP_S + 240)
MAY_BE_CUT = {"tcp": 0, "udp": 1}
"""Pictures: the server's farewell comes on a port of its own and may overtake the last."""


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    return {
        "tcp": make_film(folder / "tcp.mp4", TCP_S),
        "udp": make_film(folder / "udp.mp4", UDP_S),
    }


@pytest.fixture(scope="module")
def recorded(films, tmp_path_factory):
    """Both films, played once and recorded whole; each camera then ends its session."""
    mounts = {name: f"file:{path}" for name, path in films.items()}
    with RtspCameras(mounts) as cameras:
        sources = {
            name: read_address(cameras.url(name), transport=Transport(name)) for name in films
        }
        spool = tmp_path_factory.mktemp("spool")
        with RecorderStation(spool, sources, segment_s=5.0) as station:
            wait_until(
                lambda: _is_over(station), within_s=TCP_S + PATIENCE_S, what="both films are over"
            )
    return station


def _is_over(station):
    return all(station.camera(name).counters.sessions_total > 1 for name in ("tcp", "udp"))


@pytest.fixture(scope="module")
def sessions(recorded, films):
    """What was recorded when each film was played first."""
    readers = {name: recorded.read(name) for name in films}
    whole = {name: len(film_pictures(film)) - MAY_BE_CUT[name] for name, film in films.items()}
    return {name: (reader, reader.first_runs(whole[name])) for name, reader in readers.items()}


def _by_run(segments):
    return [list(run) for _, run in groupby(segments, key=attrgetter("run_id"))]


@pytest.mark.parametrize("name", ["tcp", "udp"])
def test_every_picture_that_the_camera_sent_is_recorded_once_and_in_order(sessions, films, name):
    reader, segments = sessions[name]
    sent = [picture.units for picture in film_pictures(films[name])]
    kept = [picture.units for segment in segments for picture in reader.pictures(segment)]
    whole = len(sent) - MAY_BE_CUT[name]
    assert whole <= len(kept) <= len(sent)
    assert kept[:whole] == sent[:whole]


@pytest.mark.parametrize(("name", "at_least"), [("tcp", 10), ("udp", 3)])
def test_segments_touch_without_losing_a_picture_between_them(sessions, name, at_least):
    reader, segments = sessions[name]
    assert len(segments) >= at_least
    for run in _by_run(segments):
        assert [segment.number for segment in run] == list(range(len(run)))
        decode_times = [p.dts for segment in run for p in reader.pictures(segment)]
        steps = [after - before for before, after in pairwise(decode_times)]
        assert max(steps) < 1.5 * FRAME_S
        assert min(steps) > 0.5 * FRAME_S


@pytest.mark.parametrize("name", ["tcp", "udp"])
def test_durations_add_up_to_the_films_give_or_take_a_frame(sessions, films, name):
    _, segments = sessions[name]
    total_s = sum(segment.media_duration.total_seconds() for segment in segments)
    assert total_s == pytest.approx(FRAME_S * len(film_pictures(films[name])), abs=FRAME_S)


@pytest.mark.parametrize("name", ["tcp", "udp"])
def test_each_segment_decodes_by_itself(sessions, name):
    reader, segments = sessions[name]
    whole = segments[: len(segments) - MAY_BE_CUT[name]]
    assert [reader.decoded(segment) for segment in whole] == [s.frame_count for s in whole]


@pytest.mark.parametrize("name", ["tcp", "udp"])
def test_within_a_run_no_gap_is_stated(recorded, sessions, name):
    reader, segments = sessions[name]
    until_utc = segments[-1].range.end_utc - timedelta(seconds=FRAME_S)
    assert reader.missing_within(segments[0].start_utc, until_utc) == []
    assert recorded.camera(name).counters.dropped_packets_total == 0
