from itertools import pairwise

import pytest

from streamer.thinning import (
    FIRST_CALM_S,
    LONGEST_CALM_S,
    LONGEST_WINDOW_S,
    Arrival,
    Losses,
    Share,
    Thinning,
)

WHOLE_OR_KEYFRAMES = (Share.WHOLE, Share.KEYFRAMES)
ALL = (Share.WHOLE, Share.SMALLER, Share.KEYFRAMES)
STREAM_BPS = 1_000_000


class Link:
    """A link of which a viewer reports every 200 ms, as browsers do."""

    def __init__(self, offered=WHOLE_OR_KEYFRAMES, packets_per_s=100):
        self.thinning = Thinning()
        self.now_s = 0.0
        self.offered = offered
        self._packets = packets_per_s / 5
        self._sent = self._lost = 0.0

    def carry(self, loss, for_s, round_trip_s=0.05, estimate_bps=None):
        """Report for a while; gives the shares in the order they were decided."""
        decided = []
        for _ in range(round(for_s * 5)):
            self.now_s += 0.2
            self._sent += self._packets
            self._lost += loss * self._packets
            if estimate_bps is not None:
                self.thinning.note_estimate(estimate_bps, self.now_s)
            arrival = Arrival(
                lost_total=round(self._lost),
                highest_sequence=round(self._sent),
                round_trip_s=round_trip_s,
            )
            if self.thinning.note(arrival, STREAM_BPS, self.offered, self.now_s):
                decided.append(self.thinning.share)
        return decided

    def carry_until_whole(self, at_most_s=200):
        began_s = self.now_s
        while self.thinning.share is not Share.WHOLE:
            self.carry(0, 0.2)
            assert self.now_s - began_s < at_most_s
        return self.now_s - began_s


def test_a_link_that_loses_a_little_gets_the_whole_stream():
    assert Link().carry(0.08, 100) == []


def test_a_link_that_loses_much_gets_keyframes_within_seconds():
    assert Link().carry(0.6, 4) == [Share.KEYFRAMES]


def test_one_bad_second_changes_nothing():
    link = Link()
    assert link.carry(0, 3) + link.carry(0.9, 1) + link.carry(0, 20) == []


def test_a_report_over_few_packets_says_nothing_of_the_link():
    losses = Losses()
    seen = [
        losses.add(Arrival(lost_total=lost, highest_sequence=seq, round_trip_s=None), now_s)
        for now_s, seq, lost in ((0.0, 0, 0), (0.2, 2, 2), (0.4, 4, 2), (1.2, 100, 2))
    ]
    assert seen == [None, None, None, 0.02]


def test_a_link_with_few_packets_is_judged_all_the_same():
    losses = Losses()
    first = Arrival(lost_total=0, highest_sequence=0, round_trip_s=None)
    later = Arrival(lost_total=5, highest_sequence=10, round_trip_s=None)
    assert losses.add(first, 0) is None
    assert losses.add(later, LONGEST_WINDOW_S) == 0.5


def test_packets_that_came_after_all_are_no_negative_loss():
    losses = Losses()
    losses.add(Arrival(lost_total=9, highest_sequence=0, round_trip_s=None), 0)
    late = Arrival(lost_total=0, highest_sequence=100, round_trip_s=None)
    assert losses.add(late, 2) == 0


def test_nobody_loses_more_than_was_sent_whatever_they_report():
    losses = Losses()
    losses.add(Arrival(lost_total=0, highest_sequence=0, round_trip_s=None), 0)
    lie = Arrival(lost_total=2**23 - 1, highest_sequence=100, round_trip_s=None)
    assert losses.add(lie, 2) == 1


def test_a_narrow_place_with_a_long_queue_is_told_by_belief_and_delay():
    link = Link()
    link.carry(0, 5, round_trip_s=0.05, estimate_bps=900_000)
    assert link.carry(0, 4, round_trip_s=1.0, estimate_bps=300_000) == [Share.KEYFRAMES]


@pytest.mark.parametrize(("round_trip_s", "loss"), [(0.06, 0.01), (0.2, 0.0)])
def test_a_belief_alone_changes_nothing(round_trip_s, loss):
    link = Link()
    link.carry(0, 5)
    assert link.carry(loss, 30, round_trip_s=round_trip_s, estimate_bps=300_000) == []


def test_a_belief_that_is_old_is_none():
    link = Link()
    link.carry(0, 2, estimate_bps=300_000)
    link.carry(0, 10)
    assert link.carry(0.05, 10, round_trip_s=2) == []


def test_after_a_calm_time_the_whole_stream_is_tried_again():
    link = Link()
    link.carry(0.5, 4)
    assert link.carry(0, FIRST_CALM_S - 1) == []
    assert link.carry(0, 4) == [Share.WHOLE]


def test_a_bad_second_begins_the_calm_time_anew():
    link = Link()
    link.carry(0.5, 4)
    link.carry(0, FIRST_CALM_S - 3)
    link.carry(0.3, 2)
    assert link.carry(0, FIRST_CALM_S - 1) == []
    assert link.carry(0, 4) == [Share.WHOLE]


def test_a_narrow_link_is_tried_less_and_less_often_but_always_again():
    link, waits = Link(), []
    for _ in range(8):
        link.carry(0.6, 4)
        waits.append(link.carry_until_whole())
    assert all(later > sooner - 1 for sooner, later in pairwise(waits))
    assert waits[0] < FIRST_CALM_S + 3
    assert LONGEST_CALM_S - 3 <= waits[-1] < LONGEST_CALM_S + 3


def test_a_try_that_fails_is_over_within_a_second_or_two():
    link = Link()
    link.carry(0.6, 4)
    link.carry_until_whole()
    assert link.carry(0.7, 2) == [Share.KEYFRAMES]
    link.carry_until_whole()
    assert link.carry(0.2, 2) == []


def test_a_link_that_was_good_for_long_is_tried_soon_again():
    link = Link()
    link.carry(0.6, 4)
    link.carry_until_whole()
    link.carry(0, 100)
    link.carry(0.6, 4)
    assert link.carry_until_whole() < FIRST_CALM_S + 3


def test_where_there_is_a_smaller_stream_it_is_tried_first_on_the_way_down_and_up():
    link = Link(offered=ALL)
    assert link.carry(0.6, 10) == [Share.SMALLER, Share.KEYFRAMES]
    assert link.carry(0, 40) == [Share.SMALLER, Share.WHOLE]


def test_a_link_that_carries_the_smaller_stream_stays_with_it_when_more_has_failed():
    link, decided = Link(offered=ALL), []
    for _ in range(1000):
        loss = 0.7 if link.thinning.share is Share.WHOLE else 0.0
        decided += link.carry(loss, 0.2)
    assert set(decided) == {Share.SMALLER, Share.WHOLE}
    assert decided.count(Share.WHOLE) < 6


def test_a_viewer_of_a_smaller_stream_that_ends_goes_on_with_keyframes():
    link = Link(offered=ALL)
    link.carry(0.6, 3.2)
    assert link.thinning.share is Share.SMALLER
    link.offered = WHOLE_OR_KEYFRAMES
    assert link.carry(0.0, 0.2) == [Share.KEYFRAMES]


def test_a_loss_is_remembered_over_windows_without_one_and_forgotten_in_time():
    link = Link()
    link.carry(0.04, 3)
    link.carry(0, 4)
    assert 0.02 < link.thinning.lately < 0.04
    link.carry(0, 60)
    assert link.thinning.lately < 0.001
