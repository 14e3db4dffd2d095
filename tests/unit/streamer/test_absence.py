import pytest

from streamer.absence import Absence


def over(gaps_s):
    """After which of these gaps an absence is over."""
    absence, now_s = Absence(), 0.0
    absence.is_over(now_s)
    found = []
    for index, gap_s in enumerate(gaps_s):
        now_s += gap_s
        if absence.is_over(now_s):
            found.append(index)
    return found


def test_the_first_report_after_a_long_silence_ends_an_absence():
    assert over([0.2] * 20 + [10.0] + [0.2] * 20 + [3.0]) == [20, 41]


@pytest.mark.parametrize("gap_s", [1.0, 1.9])
def test_reports_that_a_bad_link_took_are_no_absence(gap_s):
    assert over([0.2] * 20 + [gap_s] + [0.2] * 20) == []


def test_a_peer_that_reports_seldom_is_not_away_between_its_reports():
    assert over([5.0] * 20) == []


def test_nothing_is_said_of_a_peer_that_is_hardly_known():
    assert over([4.0, 0.2, 0.2]) == []
