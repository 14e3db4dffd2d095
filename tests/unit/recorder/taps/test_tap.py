from fractions import Fraction

from recorder.taps.board import TapBoard
from recorder.taps.tap import AccessUnit


def unit(number, *, is_keyframe=False):
    return AccessUnit(
        number=number,
        data=b"x",
        pts=number,
        time_base=Fraction(1, 25),
        is_keyframe=is_keyframe,
        arrival_monotonic_s=0.0,
        codec="h264",
    )


def drained(tap):
    return [one.number for one in iter(tap.pop, None)]


def test_a_slow_consumer_keeps_the_newest_and_costs_nobody_else():
    board, woken = TapBoard(), []
    slow = board.add(capacity=2, wake=lambda: woken.append("slow"))
    quick = board.add(capacity=10, wake=lambda: woken.append("quick"))
    for n in range(5):
        board.push(unit(n))
    assert drained(slow) == [3, 4]
    assert drained(quick) == [0, 1, 2, 3, 4]
    assert (slow.dropped_total, quick.dropped_total, board.dropped_total) == (3, 0, 3)
    assert woken == ["slow", "quick"] * 5


def test_who_wants_keyframes_gets_nothing_else_and_holds_nothing_up():
    board = TapBoard()
    tap = board.add(capacity=10, wake=lambda: None, is_keyframes_only=True)
    for n in range(4):
        board.push(unit(n, is_keyframe=n % 2 == 0))
    assert drained(tap) == [0, 2]
    assert not board.is_wanting
    assert board.wants(is_keyframe=True)
    assert not board.wants(is_keyframe=False)


def test_nobody_is_waited_for_once_all_have_left():
    board = TapBoard()
    assert board.is_empty
    tap = board.add(capacity=1, wake=lambda: None)
    assert board.is_wanting
    board.push(unit(1))
    board.push(unit(2))
    tap.close()
    tap.close()
    board.push(unit(3))
    assert board.is_empty
    assert not board.is_wanting
    assert drained(tap) == [2]
    assert board.dropped_total == 1
