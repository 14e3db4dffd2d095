"""Limits of sessions and of requests."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.live_token import LiveAction
from streamer.crew.ledger import Ledger
from streamer.errors import OverloadedError, TooManyRequestsError
from streamer.limits import Claim, Limits, Occupancy, RequestRate

LIMITS = Limits(
    viewers_per_node=6,
    viewers_per_camera=4,
    viewers_per_subject=3,
    viewers_per_address=5,
    publications_per_node=3,
    publications_per_subject=2,
)


def viewer(camera=1, subject="a", address="192.0.2.1"):
    return Claim(
        action=LiveAction.VIEW, camera_id=UUID(int=camera), subject=subject, address=address
    )


def publisher(camera=1, subject="station"):
    return Claim(
        action=LiveAction.PUBLISH, camera_id=UUID(int=camera), subject=subject, address="192.0.2.9"
    )


def fill(occupancy, claims):
    for claim in claims:
        occupancy.take(claim)
    return occupancy


@pytest.mark.parametrize(
    ("present", "newcomer", "sentence"),
    [
        ([viewer(n, str(n), str(n)) for n in range(6)], viewer(9, "z", "z"), "this node"),
        ([viewer(1, str(n), str(n)) for n in range(4)], viewer(1, "z", "z"), "this camera"),
        ([viewer(n, "a", str(n)) for n in range(3)], viewer(9, "a", "z"), "this account"),
        ([viewer(n, str(n), "x") for n in range(5)], viewer(9, "z", "x"), "your network"),
        ([publisher(n, str(n)) for n in range(3)], publisher(9, "z"), "this node"),
        ([publisher(n, "s") for n in range(2)], publisher(9, "s"), "this station"),
    ],
)
def test_each_limit_refuses_the_next_and_says_when_to_come_again(present, newcomer, sentence):
    occupancy = fill(Occupancy(LIMITS), present)
    with pytest.raises(OverloadedError, match=sentence) as refused:
        occupancy.take(newcomer)
    assert refused.value.retry_after_s > 0
    occupancy.leave(present[0])
    occupancy.take(newcomer)


def test_a_publisher_that_comes_again_for_its_camera_is_let_in_at_every_limit():
    occupancy = fill(Occupancy(LIMITS), [publisher(n, str(n)) for n in range(3)])
    occupancy.take(publisher(2, "2"))
    occupancy.leave(publisher(2, "2"))
    assert occupancy.publications == 3


def test_another_device_takes_over_a_camera_of_a_full_node():
    occupancy = fill(Occupancy(LIMITS), [publisher(n, str(n)) for n in range(3)])
    occupancy.take(publisher(2, "a new recorder"))


claims = st.builds(
    Claim,
    action=st.sampled_from([LiveAction.VIEW, LiveAction.PUBLISH]),
    camera_id=st.integers(1, 4).map(lambda n: UUID(int=n)),
    subject=st.sampled_from("abc"),
    address=st.sampled_from("xy"),
)


@given(st.lists(claims, max_size=40))
def test_when_all_have_left_nothing_is_kept(coming):
    occupancy, inside = Occupancy(LIMITS), []
    for claim in coming:
        try:
            occupancy.take(claim)
        except OverloadedError:
            continue
        inside.append(claim)
    assert occupancy.viewers <= LIMITS.viewers_per_node
    for claim in inside:
        occupancy.leave(claim)
    kept = [value for name, value in vars(occupancy).items() if name != "_limits"]
    assert not any(kept)


@given(st.lists(st.tuples(st.integers(0, 2), claims), max_size=40), st.integers(0, 2))
def test_a_ledger_counts_each_seat_out_once_however_its_session_ends(coming, dead):
    ledger, numbers = Ledger(LIMITS), []
    for worker, claim in coming:
        try:
            numbers.append((worker, ledger.take(worker, claim)))
        except OverloadedError:
            continue
    ledger.leave_all_at(dead)
    assert len(ledger) == sum(worker != dead for worker, _ in numbers)
    for _, number in numbers:
        ledger.leave(number)
        ledger.leave(number)
    assert len(ledger) == 0
    fill(ledger._occupancy, [viewer(n, str(n), str(n)) for n in range(6)])


def test_a_rate_holds_each_apart_and_forgives_with_time():
    rate = RequestRate(rate_per_s=1, burst=2, whose="somebody")
    for _ in range(2):
        rate.hold("a", 0.0)
    with pytest.raises(TooManyRequestsError, match="somebody"):
        rate.hold("a", 0.0)
    rate.hold("b", 0.0)
    rate.hold("a", 1.0)


def test_a_rate_remembers_no_more_than_it_may():
    rate = RequestRate(rate_per_s=1, burst=2, whose="somebody")
    for number in range(10_050):
        rate.hold(str(number), 0.0)
    assert len(rate._buckets) == 10_000
