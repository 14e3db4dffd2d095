from random import Random

from recorder.uplink.setbacks import Setbacks


def test_a_thing_that_failed_is_left_alone_for_a_while():
    setbacks = Setbacks(Random(1))
    assert setbacks.note("a", 0.0) == 1
    assert setbacks.held(1.0) == {"a"}
    assert setbacks.held(5.0) == set()


def test_it_is_left_alone_longer_each_time_and_never_for_ever():
    setbacks = Setbacks(Random(1))
    counts = [setbacks.note("a", 0.0) for _ in range(40)]
    assert counts[-1] == 40
    assert setbacks.held(250.0) == {"a"}
    assert setbacks.held(601.0) == set()


def test_success_is_forgiven():
    setbacks = Setbacks(Random(1))
    setbacks.note("a", 0.0)
    setbacks.forget("a")
    setbacks.forget("never seen")
    assert setbacks.held(0.0) == set()
    assert setbacks.note("a", 0.0) == 1


def test_there_are_never_too_many():
    setbacks = Setbacks(Random(1))
    for number in range(2000):
        setbacks.note(number, 0.0)
    assert setbacks.held(0.0) == set(range(2000 - 1024, 2000))
