"""A simulated camera, recorded as any other."""

import io
from itertools import pairwise

import av
import pytest

from core.footage import GapCause
from recorder.sources.address import read_address
from tests.parts.burnt_in import from_picture
from tests.parts.recorder_station import RecorderStation
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    spool = tmp_path_factory.mktemp("spool")
    with RecorderStation(spool, {"room": read_address("test:1042/1?gop=15")}) as station:
        reader = station.read("room")
        wait_until(
            lambda: len(list(spool.rglob("*.m4s"))) >= 2, within_s=PATIENCE_S, what="two segments"
        )
        assert station.stop()
    return reader


def test_a_stop_is_told_as_a_stop_and_not_as_a_camera_s_fault(reader):
    assert reader.is_stopped()
    assert GapCause.CAMERA_UNREACHABLE not in reader.causes()


def test_pictures_are_numbered_without_a_hole_over_all_segments(reader):
    shown = list(pictures_of(reader))
    assert len(shown) > 30
    for run in reader.runs():
        counters = [one.counter for segment, one in shown if segment.run_id == run.run_id]
        assert counters == list(range(counters[0], counters[0] + len(counters)))
    # A camera that the machine held up left pictures out: then there is a gap, and another run.
    assert len(reader.accounted_for()) == 1


def test_the_burnt_in_time_is_that_of_the_archive(reader):
    for segment, nearest in by_segment(reader):
        offset_s = (segment.range.start_utc - nearest.time_utc).total_seconds()
        # A picture counts from its arrival, which may be late; a camera is late by a second.
        assert -1.1 < offset_s < 5.0


def by_segment(reader):
    shown = list(pictures_of(reader))
    firsts = [shown[0], *(b for a, b in pairwise(shown) if a[0] is not b[0])]
    assert len(firsts) >= 2
    return firsts


def pictures_of(reader):
    for segment in reader.segments():
        film = io.BytesIO(reader.init(segment.run_id) + reader.file(segment))
        with av.open(film) as container:
            for frame in container.decode(video=0):
                yield segment, from_picture(frame.to_ndarray(format="gray"))
