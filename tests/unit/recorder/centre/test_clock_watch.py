from datetime import timedelta

import pytest

from recorder.centre.clock_watch import ClockWatch, Reading
from tests.fakes.journal import MORNING


def reading(at_s: float, ahead_s: float = 0.0) -> Reading:
    return Reading(utc=MORNING + timedelta(seconds=at_s + ahead_s), monotonic_s=at_s)


def answer(watch: ClockWatch, at_s: float, *, ahead_s: float, there_s=0.05, back_s=0.05):
    server_utc = MORNING + timedelta(seconds=at_s + there_s)
    watch.answered(reading(at_s, ahead_s), reading(at_s + there_s + back_s, ahead_s), server_utc)


def test_nothing_is_known_before_the_first_answer():
    assert ClockWatch().offset_s(reading(0)) is None


def test_a_clock_that_is_ahead_has_a_positive_offset():
    watch = ClockWatch()
    answer(watch, 10, ahead_s=3600)
    assert watch.offset_s(reading(11, 3600)) == pytest.approx(3600)


def test_the_quickest_answer_is_believed():
    watch = ClockWatch()
    answer(watch, 10, ahead_s=2, there_s=0.01, back_s=0.01)
    answer(watch, 15, ahead_s=2, there_s=3.0, back_s=0.01)
    assert watch.offset_s(reading(20, 2)) == pytest.approx(2)


def test_a_clock_that_is_set_shows_in_the_very_next_question():
    watch = ClockWatch()
    answer(watch, 10, ahead_s=0)
    assert watch.offset_s(reading(12, -3600)) == pytest.approx(-3600)


def test_answers_from_before_the_clock_was_set_are_forgotten():
    watch = ClockWatch()
    answer(watch, 10, ahead_s=0, there_s=0.001, back_s=0.001)
    answer(watch, 15, ahead_s=3600, there_s=0.3, back_s=0.1)
    assert watch.offset_s(reading(16, 3600)) == pytest.approx(3600 - 0.1)


def test_old_answers_make_room_so_that_a_drifting_clock_is_followed():
    watch = ClockWatch()
    answer(watch, 0, ahead_s=0, there_s=0.0, back_s=0.0)
    for beat in range(1, 20):
        answer(watch, beat * 5, ahead_s=beat * 0.01)
    assert watch.offset_s(reading(96, 0.19)) == pytest.approx(0.19, abs=0.001)
