"""When a connection is read empty, and how long it is left then."""

from fractions import Fraction
from itertools import pairwise

import pytest

from recorder.capture.rests import LONGEST_S, Rests

TICKS = 90_000
FRAME_S = 0.04


class Connection:
    """A camera behind a connection, and its reader: rests let pictures gather."""

    def __init__(self, *, drift=0.0, read_s=0.0002, size_bytes=10_000):
        self.rests = Rests(Fraction(1, TICKS))
        self.drift, self.read_s, self.size_bytes = drift, read_s, size_bytes
        self.now_s, self.sent, self.back_s = 100.0, 0, 0.0
        self.rests_s, self.lates_s = [], []

    def came_s(self):
        """When the next picture has arrived."""
        return 100.0 + self.sent * FRAME_S * (1 + self.drift)

    def read(self, pictures):
        """Read so many: each at once where it waits, else when it comes."""
        for _ in range(pictures):
            self.lates_s.append(max(0.0, self.now_s - self.came_s()))
            self.now_s = max(self.now_s, self.came_s()) + self.read_s
            pts = round((self.sent * FRAME_S - self.back_s) * TICKS)
            rest_s = self.rests.after(pts, self.size_bytes, self.now_s)
            self.sent += 1
            if rest_s:
                self.rests_s.append(rest_s)
                self.now_s += rest_s


@pytest.mark.parametrize("drift", [0.0, 100e-6, -100e-6])
def test_one_rest_serves_many_pictures_whatever_the_camera_takes_for_a_second(drift):
    connection = Connection(drift=drift)
    connection.read(5000)
    assert len(connection.rests_s) < 5000 / 8
    assert connection.rests_s[-1] == LONGEST_S


def test_no_picture_waits_longer_than_a_rest_and_what_is_read_meanwhile():
    connection = Connection()
    connection.read(2000)
    assert max(connection.lates_s) < LONGEST_S + FRAME_S


def test_rests_grow_more_slowly_than_the_room_a_connection_is_given():
    connection = Connection()
    connection.read(500)
    assert connection.rests_s[0] < FRAME_S
    assert all(later < 2 * sooner for sooner, later in pairwise(connection.rests_s))


def test_a_backlog_is_read_without_a_rest():
    connection = Connection()
    connection.read(1000)
    connection.now_s += 5.0  # the machine did something else
    rests_before = len(connection.rests_s)
    connection.read(120)
    assert len(connection.rests_s) == rests_before
    connection.read(20)
    assert len(connection.rests_s) > rests_before


def test_a_session_that_begins_with_a_backlog_is_read_without_a_rest():
    connection = Connection()
    connection.now_s += 2.0
    connection.read(45)
    assert not connection.rests_s


def test_a_machine_too_slow_for_the_camera_gets_no_rest():
    connection = Connection(read_s=FRAME_S * 1.1)
    connection.read(1000)
    assert sum(connection.rests_s[5:]) == 0


@pytest.mark.parametrize("back_s", [0.5, 2.0, 5.0, 9.5, 3600.0])
def test_a_camera_that_sets_its_clock_back_is_left_in_peace_again(back_s):
    connection = Connection()
    connection.read(200)
    connection.back_s = back_s
    connection.read(300)
    rests_before = len(connection.rests_s)
    connection.read(500)
    assert rests_before + 40 < len(connection.rests_s)
    assert max(connection.lates_s[-500:]) < LONGEST_S + FRAME_S


def test_a_machine_that_lags_a_little_more_with_each_picture_gets_no_rest():
    connection = Connection(read_s=FRAME_S * 1.01)
    connection.read(1000)
    rests_before = len(connection.rests_s)
    connection.read(2000)
    assert len(connection.rests_s) == rests_before


def test_a_backlog_that_takes_long_to_read_is_read_without_a_rest():
    connection = Connection(read_s=FRAME_S * 0.8)
    connection.now_s += 8.0
    connection.read(900)
    assert not connection.rests_s
    connection.read(200)
    assert connection.rests_s


@pytest.mark.parametrize("size_bytes", [40_000, 120_000, 300_000])
def test_a_rest_is_too_short_to_fill_the_room_of_a_connection(size_bytes):
    connection = Connection(size_bytes=size_bytes)
    connection.read(1000)
    gathered = [rest_s / FRAME_S * size_bytes for rest_s in connection.rests_s[10:]]
    assert gathered
    assert max(gathered) < 150_000 + size_bytes
