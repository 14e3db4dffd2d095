from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from core.ui.catalogue import texts_in
from core.ui.languages import Language
from core.ui.spelling import signed, stretch, time_of

BISHKEK = ZoneInfo("Asia/Bishkek")


@pytest.mark.parametrize("text", ["14:03:22", " 14:03:22 ", "14.03.22", "140322"])
def test_a_time_is_understood_as_people_write_it(text):
    assert time_of(text) == time(14, 3, 22)


def test_seconds_may_be_left_out():
    assert time_of("8:05") == time(8, 5)


@pytest.mark.parametrize("text", ["", "14", "25:00", "14:60", "noon", "14:03:22:11", "-1:00"])
def test_what_is_no_time_is_none(text):
    assert time_of(text) is None


def test_a_range_names_the_second_day_where_it_is_another():
    noon, evening, night = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (6, 12, 19))
    told = [stretch(noon, end, BISHKEK, texts_in(Language.EN)) for end in (evening, night)]
    assert told == [
        "24 November 2026, 12:00:00 – 18:00:00 UTC+6",
        "24 November 2026, 12:00:00 – 25 November 2026, 01:00:00 UTC+6",
    ]


def test_a_deviation_has_a_sign_and_the_languages_comma():
    assert signed(-0.01, texts_in(Language.RU)) == "-0,01"
    assert signed(41, texts_in(Language.EN)) == "+41.00"
