from datetime import time

import pytest

from core.ui.spelling import time_of


@pytest.mark.parametrize("text", ["14:03:22", " 14:03:22 ", "14.03.22", "140322"])
def test_a_time_is_understood_as_people_write_it(text):
    assert time_of(text) == time(14, 3, 22)


def test_seconds_may_be_left_out():
    assert time_of("8:05") == time(8, 5)


@pytest.mark.parametrize("text", ["", "14", "25:00", "14:60", "noon", "14:03:22:11", "-1:00"])
def test_what_is_no_time_is_none(text):
    assert time_of(text) is None
