"""The disk thread, run to its end in the test's own: what capture put is there before it starts."""

import os
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from core.footage import GapCause
from recorder.capture.inbox import Blamed, Forfeit, Inbox, RunBegan, RunEnded
from recorder.disk.thread import DiskThread
from recorder.errors import DiskFullError
from recorder.media.init_boxes import read_init
from recorder.stock.stocked import ObjectState
from tests.fakes.packets import fragments_of
from tests.fakes.spooled import SpooledCamera

_A_LINE_BYTES = 2000


class World:
    """A camera's disk side with a disk that can be broken between two messages."""

    def __init__(self, camera, monkeypatch):
        self.camera, self.monkeypatch = camera, monkeypatch
        self.inbox, self.counters = Inbox(), camera.counters
        self.calls, self.tick_s = [], 1.0
        self.thread = DiskThread(
            inbox=self.inbox,
            recover=self.recover,
            forfeit=self.forfeit,
            new_writer=lambda began: camera.new_run(began.run_id),
            clock=camera.clock,
            counters=self.counters,
            target_s=2.0,
            random=Random(1),
        )

    def recover(self):
        self.calls.append("recover")
        found = self.camera.restart()
        return self.camera.sealing, found

    def forfeit(self, message, sealing):
        self.calls.append("forfeit")
        return message.cause

    def run(self, *messages):
        """Handle these; a callable among them is called when its turn has come."""
        left = list(messages)

        def take(timeout_s):
            self.camera.clock.advance(self.tick_s)
            while left and callable(left[0]):
                left.pop(0)()
            return left.pop(0) if left else None

        self.inbox.take = take
        type(self.inbox).is_done = property(lambda _: not left)
        self.thread.run()

    def fail(self, number):
        """The disk still takes a line of the journal, and no video."""
        write = os.write

        def failing(fd, data):
            if len(data) > _A_LINE_BYTES:
                raise OSError(number, os.strerror(number))
            return write(fd, data)

        self.monkeypatch.setattr(os, "write", failing)

    def heal(self):
        self.monkeypatch.undo()


@pytest.fixture
def camera(tmp_path, clip):
    init, fragments = fragments_of(clip)
    camera = SpooledCamera(spool=tmp_path, init=init, fragments=fragments)
    yield camera
    camera.crash()


@pytest.fixture
def world(camera, monkeypatch):
    monkeypatch.setattr(Inbox, "is_done", Inbox.is_done)
    with pytest.MonkeyPatch.context() as disk:
        yield World(camera, disk)


@pytest.fixture
def run(camera):
    """The messages of one run: its beginning, then its fragments."""
    writer = camera.new_run()
    facts = read_init(camera.init.data)
    began = RunBegan(run_id=writer.began.run_id, init=camera.init.data, facts=facts)
    return [began, *(camera.came(writer, number) for number in range(6))]


def test_a_run_becomes_segments_and_a_stop(world, run):
    world.run(*run, RunEnded(cause=None))
    reader = world.camera.read()
    assert sum(segment.frame_count for segment in reader.segments()) == 60
    assert reader.is_stopped()
    assert reader.gaps() == []


def test_a_run_that_goes_on_from_the_last_leaves_no_gap_between_their_labels(world, run, camera):
    writer = camera.new_run()
    began = replace(run[0], run_id=writer.began.run_id)
    came = replace(camera.came(writer, 3), start_utc=run[3].start_utc + timedelta(seconds=3.1))
    world.run(*run[:4], RunEnded(cause=None, goes_on=True), began, came, RunEnded(cause=None))
    assert camera.read().gaps() == []


def test_what_is_missing_at_the_end_is_stated_before_the_stop(world, run):
    world.run(*run, RunEnded(cause=None), Blamed(cause=GapCause.CAMERA_SILENT))
    reader = world.camera.read()
    assert reader.causes() == {GapCause.CAMERA_SILENT}
    assert reader.is_stopped()


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize(
    ("number", "cause"), [(28, GapCause.DISK_FULL), (30, GapCause.DISK_FAILED)]
)
def test_a_disk_that_refuses_is_named_and_comes_back(world, run, number, cause, lost):
    seen = []

    def look():
        seen.append(world.counters.disk_trouble)

    before, [refused, *after] = run[: lost + 1], run[lost + 1 :]
    failing = [lambda: world.fail(number), refused, look, world.heal]
    world.run(*before, *failing, *[None] * 40, *after, look)
    reader = world.camera.read()
    assert seen == [cause, None]
    assert world.calls == ["recover", "recover"]
    assert cause in reader.causes()
    kept = b"".join(reader.file(segment) for segment in reader.segments())
    whole = b"".join(f.data for n, f in enumerate(world.camera.fragments) if n != lost)
    assert kept == whole
    numbers = [segment.number for segment in reader.segments()]
    assert numbers == list(range(len(numbers)))


def test_trouble_is_not_over_before_something_is_written(world, run):
    seen = []
    world.run(
        *run[:2],
        lambda: world.fail(28),
        run[2],
        world.heal,
        *[None] * 20,
        lambda: seen.append((world.calls.count("recover") > 1, world.counters.disk_trouble)),
        None,
    )
    assert seen == [(True, GapCause.DISK_FULL)]


def test_a_disk_that_failed_at_the_very_start_leaves_a_gap_too(world, run):
    recover, tries = world.thread._recover, []

    def failing_once():
        tries.append(1)
        if len(tries) == 1:
            raise DiskFullError("no room")
        return recover()

    world.thread._recover = failing_once
    world.run(*[None] * 20, *run)
    assert GapCause.AGENT_DIED not in world.camera.read().causes()
    assert world.camera.read().segments() != []


def test_fragments_of_a_run_whose_beginning_was_dropped_are_counted(world, run, camera):
    world.run(*run[1:4], RunEnded(cause=None))
    assert world.counters.dropped_packets_total == 30
    assert camera.read().segments() == []


def test_a_disk_too_slow_is_named(world, run):
    world.run(*run[:3], *run[5:])
    reader = world.camera.read()
    [gap] = reader.gaps()
    assert gap.cause is GapCause.DISK_FAILED
    assert gap.range.duration == timedelta(seconds=2)


def test_giving_up_footage_does_not_wait_for_a_broken_disks_next_try(world, run, camera):
    camera.record(0)
    [segment] = camera.stock.oldest_segments(ObjectState.SEALED, 1)
    world.tick_s = 0.01
    world.run(
        *run[:2],
        lambda: world.fail(28),
        run[2],
        world.heal,
        Forfeit(stocked=segment, cause=GapCause.EVICTED),
    )
    assert world.calls == ["recover", "recover", "forfeit"]
    assert world.counters.forfeited_bytes_total == segment.size_bytes


def test_a_clock_set_while_the_camera_is_away_is_a_gap_of_its_own(world, camera):
    camera.record(0, 1)
    world.tick_s = 2.0
    world.run(
        Blamed(cause=GapCause.CAMERA_UNREACHABLE),
        lambda: camera.clock.step(3600),
        *[None] * 5,
    )
    gaps = {gap.cause: gap.range.duration for gap in camera.read().gaps()}
    assert gaps[GapCause.CLOCK_STEPPED] == timedelta(hours=1)
    assert gaps[GapCause.CAMERA_UNREACHABLE] < timedelta(minutes=1)


def test_so_is_one_that_is_set_while_the_disk_refuses(world, run, camera):
    world.run(
        *run[:2],
        lambda: world.fail(28),
        run[2],
        lambda: camera.clock.step(3600),
        world.heal,
        *[None] * 40,
    )
    gaps = {gap.cause: gap.range.duration for gap in camera.read().gaps()}
    assert gaps[GapCause.CLOCK_STEPPED] == timedelta(hours=1)
    assert gaps[GapCause.DISK_FULL] < timedelta(minutes=1)


def test_after_a_defect_it_begins_as_after_a_power_cut(world, run):
    def defect():
        raise ZeroDivisionError("a defect")

    with pytest.raises(ZeroDivisionError):
        world.run(*run[:3], defect)
    world.run(*run[3:])
    reader = world.camera.read()
    kept = b"".join(reader.file(segment) for segment in reader.segments())
    assert kept == b"".join(fragment.data for fragment in world.camera.fragments)
    numbers = [segment.number for segment in reader.segments()]
    assert numbers == list(range(len(numbers)))
