import threading

import pytest

from core.footage import GapCause
from recorder.counters import Counters
from tests.fakes.journal import MORNING


def test_rates_are_of_whole_seconds():
    counters = Counters()
    for n in range(100):
        counters.pictures_came(1, 1000, 50.0 + n / 10)
    rates = counters.rates(60.0)
    assert rates.fps == pytest.approx(10, abs=1)
    assert rates.bitrate_bps == pytest.approx(80_000, rel=0.1)


def test_a_camera_that_fell_silent_has_no_rate():
    counters = Counters()
    for n in range(20):
        counters.pictures_came(1, 1000, 50.0 + n)
    assert counters.rates(200.0).fps == 0
    assert Counters().rates(0.0).bitrate_bps == 0


def test_the_distance_of_keyframes_is_measured_within_a_session():
    counters = Counters()
    counters.keyframe_came(10.0)
    assert counters.keyframe_interval_s is None
    counters.keyframe_came(12.0)
    assert counters.keyframe_interval_s == 2.0
    counters.session_ended()
    counters.keyframe_came(99.0)
    assert counters.keyframe_interval_s is None


def test_a_written_fragment_ends_the_disks_trouble():
    counters = Counters()
    counters.disk_failed(GapCause.DISK_FULL)
    assert counters.recording_since_utc is None
    counters.fragment_written(1000, MORNING, 5.0)
    assert counters.disk_trouble is None
    assert (counters.last_recorded_s, counters.recorded_bytes_total) == (5.0, 1000)
    assert counters.recording_since_utc == MORNING


def test_drops_of_both_threads_are_all_counted():
    counters = Counters()

    def drop():
        for _ in range(10_000):
            counters.dropped(1)

    threads = [threading.Thread(target=drop) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.dropped_packets_total == 20_000


def test_what_is_given_up_is_counted_as_bytes_and_as_a_gap():
    counters = Counters()
    counters.forfeited(500, GapCause.EVICTED)
    counters.gap_stated(GapCause.EVICTED)
    assert counters.forfeited_bytes_total == 500
    assert counters.gaps_total == {GapCause.EVICTED: 2}


def test_what_is_written_late_is_as_old_as_when_it_came():
    counters = Counters()
    counters.pictures_came(1, 100, 4.0)
    counters.fragment_written(1000, MORNING, 9.0)
    assert counters.last_recorded_s == 4.0
