import pytest

from streamer.pace import SLACK_S, Pace


def test_what_is_sent_takes_its_time():
    pace = Pace(8000.0, now_s=10.0)
    assert pace.after(100, 10.0) == pytest.approx(0.1)
    assert pace.after(100, 10.1) == pytest.approx(0.1)


def test_who_wakes_late_waits_less_next_time():
    pace = Pace(8000.0, now_s=10.0)
    pace.after(100, 10.0)
    assert pace.after(10, 10.109) < 0.0011


def test_a_long_pause_is_not_made_up_for():
    pace = Pace(8000.0, now_s=10.0)
    sent = 0
    while pace.after(1, 20.0) == 0:
        sent += 1
    assert sent <= SLACK_S * 1000 + 1
