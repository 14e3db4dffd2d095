"""The device's clock is set while cameras record."""

from datetime import timedelta

import pytest

from core.footage import GapCause
from recorder.sources.address import read_address
from tests.parts.film import film_pictures, make_film
from tests.parts.recorder_station import RecorderStation
from tests.parts.stepping_clock import SteppingClock
from tests.waiting import PATIENCE_S, wait_until

HOUR = timedelta(hours=1)
PATIENCE = timedelta(seconds=PATIENCE_S)
NEAR = timedelta(seconds=30)
"""The first picture of a run may be late by as much as the machine is slow."""


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_film(tmp_path_factory.mktemp("film") / "walk.mp4", 300)


@pytest.fixture(scope="module")
def day(film, tmp_path_factory):
    """Set an hour forward, then two hours back, with footage before, between and after."""
    clock = SteppingClock()
    sources = {"camera": read_address(str(film))}
    with RecorderStation(tmp_path_factory.mktemp("spool"), sources, clock=clock) as station:
        _wait_for_runs(station, 1)
        clock.step(hours=1)
        _wait_for_runs(station, 2)
        clock.step(hours=-2)
        _wait_for_runs(station, 3)
    return station.read("camera"), station


def _wait_for_runs(station, count):
    """The newest of them with a segment and more to come."""
    reader = station.read("camera")
    wait_until(
        lambda: (
            len({s.run_id for s in reader.segments()}) == count and station.is_recording("camera")
        ),
        within_s=PATIENCE_S,
        what=f"footage of {count} runs",
    )


def test_a_step_begins_a_new_run(day):
    reader, _ = day
    first, second, third = reader.runs()
    assert abs(second.start_utc - first.start_utc - HOUR) < PATIENCE
    assert abs(third.start_utc - second.start_utc + 2 * HOUR) < PATIENCE


def test_each_step_leaves_a_gap_by_its_name_as_long_as_the_step(day):
    reader, _ = day
    forward, back = reader.gaps()
    assert (forward.cause, back.cause) == (GapCause.CLOCK_STEPPED, GapCause.CLOCK_STEPPED)
    assert abs(forward.range.duration - HOUR) < NEAR
    assert abs(back.range.duration - 2 * HOUR) < NEAR


def test_no_picture_is_lost_by_it(day, film):
    reader, station = day
    kept = [p.units for s in reader.segments() for p in reader.pictures(s)]
    assert kept == [picture.units for picture in film_pictures(film, len(kept))]
    assert station.camera("camera").counters.dropped_packets_total == 0


def test_each_piece_of_footage_bears_the_time_of_its_own_clock(day):
    reader, _ = day
    for run in reader.runs():
        segments = reader.segments(run.run_id)
        lasted = sum((s.media_duration for s in segments), timedelta(0))
        assert segments[0].start_utc == run.start_utc
        assert abs(segments[-1].range.end_utc - run.start_utc - lasted) < timedelta(seconds=0.1)
