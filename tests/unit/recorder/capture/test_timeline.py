from datetime import UTC, datetime, timedelta

import pytest

from recorder.capture.timeline import MAX_CORRECTION, Instant, Timeline

BOOT_S, WALL_S = 1_000.0, 1_790_000_000.0
"""The monotonic clock and the wall clock when the first picture is taken."""


class Device:
    """A second of video at a time, with whatever delay and clocks the test wants."""

    def __init__(self):
        self.timeline = Timeline()
        self.step_s = 0.0

    def fragment(self, media_s, delay_s=0.02, true_s=None):
        true_s = media_s if true_s is None else true_s
        for n in range(10):
            self.timeline.arrived(media_s + n / 10, BOOT_S + true_s + n / 10 + delay_s)
        now_s = BOOT_S + true_s + 1 + delay_s
        now = Instant(now_s, WALL_S + self.step_s + now_s - BOOT_S)
        return self.timeline.start_of(media_s, now)


def utc(offset_s):
    return datetime.fromtimestamp(WALL_S, UTC) + timedelta(seconds=offset_s)


def error_s(start_utc, true_s):
    return (start_utc - utc(true_s)).total_seconds()


def test_a_fragment_starts_when_its_first_picture_came():
    assert error_s(Device().fragment(0.0, delay_s=0.05), 0.05) == pytest.approx(0, abs=1e-5)


def test_neighbours_touch_while_nothing_changes():
    device = Device()
    starts = [device.fragment(float(n)) for n in range(100)]
    assert starts == [starts[0] + timedelta(seconds=n) for n in range(100)]


def test_a_late_delivery_moves_nothing():
    device = Device()
    starts = [device.fragment(float(n), delay_s=3.0 if n % 7 == 5 else 0.02) for n in range(100)]
    assert not device.timeline.is_media_clock_lost
    assert all(abs(error_s(at, n + 0.02)) < 0.002 for n, at in enumerate(starts))


@pytest.mark.parametrize("by_s", [3600.0, -3600.0, 2.5, -2.5])
def test_a_step_of_the_wall_clock_is_seen_and_the_run_keeps_its_own_time(by_s):
    device = Device()
    device.fragment(0.0)
    device.step_s = by_s
    assert error_s(device.fragment(1.0), 1.02) == pytest.approx(0, abs=0.002)
    assert device.timeline.is_clock_stepped
    assert not device.timeline.is_media_clock_lost


def test_a_slew_of_the_wall_clock_is_followed_and_is_no_step():
    device = Device()
    for n in range(4000):
        device.step_s = 0.0004 * n
        start_utc = device.fragment(float(n))
    assert not device.timeline.is_clock_stepped
    assert error_s(start_utc, 3999.02 + device.step_s) == pytest.approx(0, abs=0.02)


def test_media_time_that_parts_from_arrival_for_good_is_noticed():
    device = Device()
    device.fragment(0.0)
    for n in range(1, 30):
        device.fragment(float(n), true_s=n + 2.5)
    assert device.timeline.is_media_clock_lost
    assert device.timeline.has_paused


@pytest.mark.parametrize("rate", [1.004, 0.996, 1.5, 0.7])
def test_a_camera_whose_clock_runs_wrong_is_no_camera_that_paused(rate):
    device = Device()
    for n in range(900):
        device.fragment(float(n), true_s=n * rate)
    assert device.timeline.is_media_clock_lost
    assert not device.timeline.has_paused


def test_a_correction_is_never_quicker_than_its_limit():
    device = Device()
    before_utc = device.fragment(0.0)
    for n in range(1, 200):
        start_utc = device.fragment(float(n), true_s=n + 0.5)
        step_s = (start_utc - before_utc).total_seconds()
        assert abs(step_s - 1.0) <= MAX_CORRECTION + 1e-5
        before_utc = start_utc


class BusyMachine:
    """Stops a thread between the two clocks, most of the time."""

    def __init__(self, *stops_s):
        self.stops_s, self.now_s = list(stops_s), 0.0

    def monotonic_s(self):
        return BOOT_S + self.now_s

    def utc(self):
        self.now_s += self.stops_s.pop(0)
        return utc(self.now_s)


@pytest.mark.parametrize(
    "stops_s", [(0.0,), (0.3, 0.0), (0.3, 0.2, 0.0004), (0.3, 0.004, 0.3, 1, 1)]
)
def test_both_clocks_are_read_at_one_moment_however_busy_the_machine(stops_s):
    instant = Instant.read(BusyMachine(*stops_s))
    assert instant.wall_offset_s == pytest.approx(WALL_S - BOOT_S, abs=0.005)
