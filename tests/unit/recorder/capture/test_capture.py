"""The capture thread, run to its end in the test's own: sessions are scripts, time is data."""

from fractions import Fraction
from itertools import pairwise

import pytest

from core.footage import GapCause
from recorder.errors import SourceSilentError, SourceUnreachableError
from tests.fakes.capture_world import World
from tests.fakes.packets import open_session


@pytest.fixture
def world():
    return World()


@pytest.fixture
def packets(plain_clip):
    session = open_session(plain_clip)
    yield [packet for packet in session.packets() if packet.size]
    session.close()


@pytest.fixture
def sound(sound_clip):
    session = open_session(sound_clip, wants_sound=True)
    found = [packet for packet in session.packets() if packet.size]
    yield [packet for packet in found if packet.stream_index != session.video.index]
    session.close()


def paced(packets, every_s=0.1):
    return [line for packet in packets for line in (every_s, packet)]


def kept(world, packets):
    """A camera behind a connection that keeps what is not read: it sends ten a second."""
    began_s = world.clock.monotonic_s()

    def comes(number):
        due_s = began_s + number / 10
        return lambda: world.clock.advance(max(0.0, due_s - world.clock.monotonic_s()))

    script = world.script(*(line for n, p in enumerate(packets) for line in (comes(n), p)))
    script.keeps_unread = True
    script.time_base = Fraction(1, 10 * packets[1].pts)
    return script


def test_pictures_are_handled_some_at_a_time(world, packets):
    world.play(*paced(packets))
    assert world.keeper.taken == packets
    assert len(world.keeper.batches) < len(packets) / 3


def test_none_waits_longer_than_half_a_second(world, packets):
    world.play(*paced(packets))
    times_s = [at_s for at_s, _ in world.keeper.batches]
    assert max(after - before for before, after in pairwise(times_s)) <= 0.5 + 1e-6


def test_who_waits_for_every_picture_gets_each_at_once(world, packets):
    world.keeper.is_awaited = True
    world.play(*paced(packets))
    assert [size for _, size in world.keeper.batches] == [1] * len(packets)


def test_whoever_comes_in_between_gets_what_waited_with_the_next(world, packets):
    def await_it():
        world.keeper.is_awaited = True

    world.play(*paced(packets[:3]), await_it, *paced(packets[3:6]))
    assert [size for _, size in world.keeper.batches] == [4, 1, 1]


def test_a_connection_that_keeps_what_is_unread_is_left_for_a_while(world, packets):
    script = kept(world, packets)
    world.run(script)
    assert world.keeper.taken == packets
    assert 3 < len(world.stopping.waits_s) < len(packets)
    assert max(world.stopping.waits_s) <= 0.4


def test_it_is_not_left_while_somebody_waits_for_every_picture(world, packets):
    world.keeper.is_awaited = True
    world.run(kept(world, packets))
    assert not [wait_s for wait_s in world.stopping.waits_s if wait_s]


def test_what_waits_when_the_camera_falls_silent_is_handled(world, packets):
    script = world.play(*paced(packets[:7]), 4.0, SourceSilentError("nothing comes"))
    assert world.keeper.taken == packets[:7]
    assert world.blamed()[0] is GapCause.CAMERA_SILENT
    assert script.is_closed


def test_a_batch_that_fails_half_way_is_not_handled_again(world, packets):
    world.keeper.fails_at = packets[3]
    world.play(*paced(packets[:6]))
    assert world.keeper.taken == packets[:3]
    assert world.blamed()[0] is GapCause.CAMERA_GARBAGE


def test_a_run_ends_with_its_session_whatever_ended_it(world, packets):
    world.run(
        world.script(*paced(packets[:3])),
        world.script(packets[3], SourceSilentError("nothing")),
        SourceUnreachableError("away"),
    )
    assert world.keeper.ends == [None, None]


def test_failures_in_a_row_are_retried_ever_more_slowly(world):
    world.run(*[SourceUnreachableError("away")] * 12)
    first, *_, last = world.stopping.waits_s
    assert first <= 0.5
    assert 7.5 <= last <= 15


def test_a_long_wait_for_an_answer_is_no_good_session(world):
    world.answers_after_s = 20.0
    world.run(*[SourceUnreachableError("no answer")] * 8)
    assert world.stopping.waits_s[-1] > 7


def test_after_a_good_session_it_is_tried_again_soon(world, packets):
    good = world.script(*paced(packets[:40], 0.5), SourceSilentError("nothing"))
    world.run(*[SourceUnreachableError("away")] * 10, good)
    assert world.stopping.waits_s[9] > 7
    assert world.stopping.waits_s[10] <= 0.5


def test_without_a_keyframe_for_two_minutes_it_is_no_video(world, packets):
    others = [packet for packet in packets if not packet.is_keyframe]
    world.play(packets[0], *paced(others[:50], 3.0))
    assert world.blamed()[0] is GapCause.CAMERA_GARBAGE
    assert 30 < len(world.keeper.taken) < 50


def test_pictures_that_nothing_can_be_begun_with_are_named_soon(world, packets):
    world.keeper.is_running = False
    seen = []

    def look():
        seen.append(world.counters.source_trouble)

    world.play(*paced(packets[:20], 0.3), look, *paced(packets[20:50], 0.3), look)
    assert seen == [None, GapCause.CAMERA_GARBAGE]


def test_sound_alone_does_not_pass_for_a_camera(world, sound):
    world.play(*paced(sound[:100], 0.5))
    assert world.blamed()[0] is GapCause.CAMERA_SILENT
    assert 10 <= len(world.keeper.sound) < 25


def test_a_file_played_once_is_the_end(world, packets):
    world.capture = world.new_capture(is_endless=False)
    left = world.script(packets[0])
    world.run(world.script(*packets), left)
    assert world.keeper.taken == packets
    assert world.sessions == [left]


def test_a_new_session_is_not_called_silent_for_the_silence_before_it(world, packets):
    second = world.script(0.5, world.capture.abort_if_silent, packets[1])
    world.run(world.script(packets[0], 60.0), second)
    assert not second.is_aborted


def test_a_session_that_gives_nothing_is_ended_from_outside(world):
    assert world.play(9.0, world.capture.abort_if_silent).is_aborted


def test_one_that_is_being_read_is_not(world, packets):
    assert not world.play(*paced(packets[:2], 7.0), world.capture.abort_if_silent).is_aborted
