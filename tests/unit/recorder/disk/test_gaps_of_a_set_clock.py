"""The device's clock is set while nothing is recorded: docs/design/time.md, invariant 4."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.footage import GapCause
from core.timerange import TimeRange
from recorder.capture.timeline import Instant
from recorder.disk.gaps import OVERLAP, GapBook, Missing

UNREACHABLE, SILENT, STEPPED = (
    GapCause.CAMERA_UNREACHABLE,
    GapCause.CAMERA_SILENT,
    GapCause.CLOCK_STEPPED,
)
EVENING = datetime(2026, 11, 24, 20, 0, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 7, 0, 0, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Device:
    """Its clocks, and the book of one of its cameras."""

    def __init__(self, boot_utc, end_utc=None, cause=GapCause.AGENT_STOPPED):
        self.wall_utc, self.monotonic_s = boot_utc, 5.0
        self.book = GapBook(end_utc, cause, self.now())
        self.stated = []

    def now(self):
        return Instant(self.monotonic_s, self.wall_utc.timestamp())

    def pass_s(self, seconds):
        """Time passes; the disk thread looks about once a second."""
        for _ in range(seconds):
            self.wall_utc += timedelta(seconds=1)
            self.monotonic_s += 1
            self.stated += self.book.waited(self.now())

    def set_to(self, utc):
        self.wall_utc = utc
        self.pass_s(1)

    def blame(self, cause=UNREACHABLE):
        self.stated += self.book.clock_read(self.now())
        self.stated += self.book.blamed(cause, self.now())

    def record(self, seconds, *, is_new_run=True):
        """A second's footage at a time, each written when it is over."""
        if is_new_run:
            self.stated += self.book.clock_read(self.now())
            self.book.run_began(self.now())
        for _ in range(seconds):
            start_utc = self.wall_utc
            self.wall_utc += timedelta(seconds=1)
            self.monotonic_s += 1
            self.stated += self.book.clock_read(self.now())
            self.stated += self.book.recorded(start_utc, self.wall_utc)


def seconds(number):
    return timedelta(seconds=number)


def gap(start_utc, end_utc, cause):
    return Missing(TimeRange(start_utc, end_utc), cause)


def test_a_night_without_power_is_never_blamed_on_the_camera():
    device = Device(EVENING + seconds(10), EVENING)
    device.pass_s(5)
    device.blame()
    device.pass_s(5)
    device.set_to(MORNING)
    device.pass_s(4)
    device.record(1)
    assert device.stated == [
        gap(EVENING, EVENING + seconds(15), GapCause.AGENT_STOPPED),
        gap(EVENING + seconds(15), EVENING + seconds(21), UNREACHABLE),
        gap(EVENING + seconds(21), MORNING + seconds(1), STEPPED),
        gap(MORNING + seconds(1), MORNING + seconds(5), UNREACHABLE),
    ]


def test_a_clock_set_before_anything_is_blamed_leaves_the_night_to_the_agents_absence():
    device = Device(EVENING + seconds(10), EVENING)
    device.set_to(MORNING)
    device.blame()
    assert device.stated == [gap(EVENING, MORNING + seconds(1), GapCause.AGENT_STOPPED)]


def test_a_new_station_misses_nothing_from_before_it_began():
    device = Device(LONG_AGO, cause=GapCause.AGENT_DIED)
    device.pass_s(2)
    device.blame()
    device.pass_s(300)
    device.set_to(MORNING)
    device.record(1)
    assert device.stated[0].range.start_utc == MORNING - seconds(302)
    assert {one.cause for one in device.stated} == {UNREACHABLE}


@pytest.mark.parametrize("is_blamed_first", [True, False])
def test_nor_does_one_whose_clock_is_wrong_and_not_impossible(is_blamed_first):
    device = Device(EVENING, cause=GapCause.AGENT_DIED)
    if is_blamed_first:
        device.blame()
    device.set_to(MORNING)
    device.blame()
    device.pass_s(30)
    device.record(1)
    assert sum((one.range.duration for one in device.stated), timedelta(0)) <= seconds(32)
    assert {one.cause for one in device.stated} == {UNREACHABLE}


@pytest.mark.parametrize("boot_utc", [LONG_AGO, EVENING - HOUR])
def test_a_clock_that_stands_before_what_was_recorded_states_nothing_until_it_is_set(boot_utc):
    device = Device(boot_utc, EVENING)
    device.blame()
    device.pass_s(200)
    assert device.stated == []
    device.set_to(MORNING)
    assert device.stated == [gap(EVENING, MORNING + seconds(1), STEPPED)]


def test_footage_of_an_impossible_time_hides_no_gap_and_makes_none_of_decades():
    device = Device(LONG_AGO, EVENING)
    device.record(20)
    assert device.stated == []
    device.wall_utc = MORNING
    device.record(5)
    assert device.stated == [gap(EVENING, MORNING, STEPPED)]


def test_nor_does_it_when_the_camera_goes_before_the_clock_is_set():
    device = Device(LONG_AGO, EVENING)
    device.record(20)
    device.blame()
    device.pass_s(100)
    device.set_to(MORNING)
    device.record(1)
    [night, away] = device.stated
    assert night == gap(EVENING, MORNING - seconds(100), STEPPED)
    assert away == gap(MORNING - seconds(100), MORNING + seconds(1), UNREACHABLE)


def test_a_clock_set_back_while_the_camera_is_away_goes_on_from_its_new_time():
    device = Device(MORNING, MORNING)
    device.record(10)
    device.blame()
    device.pass_s(20)
    device.set_to(MORNING - HOUR)
    device.pass_s(29)
    device.record(1)
    assert device.stated == [
        gap(MORNING + seconds(10), MORNING + seconds(31), UNREACHABLE),
        gap(MORNING - HOUR + seconds(1), MORNING + seconds(31), STEPPED),
        gap(MORNING - HOUR + seconds(1), MORNING - HOUR + seconds(30), UNREACHABLE),
    ]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_camera_that_falls_silent_as_the_clock_is_set_is_not_blamed_for_the_leap(by):
    device = Device(MORNING, MORNING)
    device.record(10)
    device.pass_s(3)
    device.set_to(MORNING + seconds(13) + by)
    device.pass_s(4)
    device.blame()
    device.record(1)
    old_utc = MORNING + seconds(18)
    leapt = sorted((old_utc, old_utc + by))
    assert device.stated == [
        gap(MORNING + seconds(10), old_utc, UNREACHABLE),
        gap(*leapt, STEPPED),
    ]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_so_it_is_when_its_run_was_ended_for_that_and_no_other_follows(by):
    device = Device(MORNING, MORNING)
    device.record(10)
    device.set_to(MORNING + seconds(10) + by)
    device.blame(STEPPED)
    device.pass_s(9)
    assert device.stated == []
    device.blame()
    device.pass_s(70)
    old_utc = MORNING + seconds(20)
    assert device.stated == [
        gap(MORNING + seconds(10), old_utc, UNREACHABLE),
        gap(*sorted((old_utc, old_utc + by)), STEPPED),
        gap(old_utc + by, old_utc + by + seconds(61), UNREACHABLE),
    ]


def test_a_clock_that_is_slewed_was_not_set():
    device = Device(MORNING, MORNING)
    device.record(10)
    device.blame()
    for _ in range(50):
        device.pass_s(1)
        device.wall_utc += timedelta(milliseconds=500)
    assert {one.cause for one in device.stated} <= {UNREACHABLE}


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["record", "blame", "pass", "set"]),
        st.integers(1, 9),
        st.sampled_from([UNREACHABLE, SILENT, GapCause.DISK_FULL]),
    ),
    max_size=12,
)


@given(EVENTS)
def test_however_the_clock_is_set_no_camera_is_away_for_longer_than_passed(events):
    device, times_set = Device(MORNING, MORNING), 0
    device.record(1)
    for kind, amount, cause in events:
        if kind == "record":
            device.record(amount)
        elif kind == "blame":
            device.blame(cause)
        elif kind == "pass":
            device.pass_s(amount)
        else:
            device.wall_utc += timedelta(hours=amount - 5)
            times_set += 1
    away = [one.range.duration for one in device.stated if one.cause is not STEPPED]
    passed = seconds(device.monotonic_s - 5)
    assert sum(away, timedelta(0)) <= passed + times_set * OVERLAP
