from datetime import timedelta
from uuid import uuid4

import pytest

from core.footage import GapCause
from core.timerange import TimeRange
from core.wire.upload import ChainHead, ObjectKind
from recorder.disk.evicting import evict_stored, forfeit, forfeit_gap_id
from recorder.disk.gaps import Missing
from recorder.disk.sealing import MAX_WAITING, Sealing
from recorder.errors import DiskError
from recorder.steps import go_on
from recorder.stock.file import StockError
from recorder.stock.stock import Stock
from recorder.stock.stocked import ObjectState
from tests.fakes.packets import fragments_of
from tests.fakes.spooled import SpooledCamera


@pytest.fixture
def camera(tmp_path, clip):
    init, fragments = fragments_of(clip)
    camera = SpooledCamera(spool=tmp_path, init=init, fragments=fragments, target_s=1.0)
    yield camera
    camera.crash()


def heads(camera, seq):
    epoch = camera.journal.last.epoch
    return [ChainHead(camera_id=camera.camera_id, epoch=epoch, seq=seq, sha256="0" * 64)]


def sealed(camera):
    return camera.stock.oldest_segments(ObjectState.SEALED, 100)


def test_lines_wait_in_order_until_they_are_acknowledged(camera):
    camera.record(0, 1, 2)
    lines = camera.stock.unsent_lines(100)
    assert [line.seq for line in lines] == [0, 1, 2, 3]
    camera.stock.mark_heads(heads(camera, 1))
    assert [line.seq for line in camera.stock.unsent_lines(100)] == [2, 3]
    camera.stock.mark_heads(heads(camera, 0))
    assert [line.seq for line in camera.stock.unsent_lines(2)] == [1, 2]


def test_what_a_complete_answer_does_not_name_the_centre_does_not_have(camera):
    camera.record(0, 1)
    camera.stock.mark_heads(heads(camera, 2))
    camera.stock.mark_heads([], is_complete=True)
    assert len(camera.stock.unsent_lines(100)) == 3


def test_footage_is_wanted_once_its_line_is_acknowledged_the_init_first(camera):
    camera.record(0, 1, 2)
    assert camera.stock.wanted(10) == []
    camera.stock.mark_heads(heads(camera, 2))
    wanted = camera.stock.wanted(10)
    assert [one.kind for one in wanted] == [ObjectKind.INIT, *[ObjectKind.SEGMENT] * 2]
    assert camera.stock.wanted(10, without=[wanted[0].object_id]) == wanted[1:]
    newest = camera.stock.wanted(10, newest_first=True)
    assert newest == [wanted[0], wanted[2], wanted[1]]


def test_what_is_owed_is_counted_in_media_bytes_and_lines(camera):
    camera.record(0, 1, 2)
    backlog = camera.stock.backlog()
    assert (backlog.segments, backlog.media_s, backlog.unsent_lines) == (3, 3.0, 4)
    camera.stock.mark_stored([one.object_id for one in sealed(camera)])
    assert camera.stock.backlog().segments == 0


def test_an_object_only_moves_on(camera):
    camera.record(0)
    [segment] = sealed(camera)
    for mark, state in (
        (camera.stock.mark_stored, ObjectState.STORED),
        (camera.stock.mark_evicted, ObjectState.EVICTED),
        (camera.stock.mark_stored, ObjectState.EVICTED),
        (camera.stock.mark_refused, ObjectState.EVICTED),
    ):
        mark([segment.object_id])
        assert camera.stock.state_of(segment.object_id) is state


def test_all_of_it_stands_after_a_restart_and_may_be_said_twice(camera):
    camera.record(0, 1)
    before = sealed(camera), camera.stock.unsent_lines(100)
    for entry in camera.journal.entries():
        camera.stock.add(entry)
    camera.restart()
    assert (sealed(camera), camera.stock.unsent_lines(100)) == before


def test_whoever_waits_for_lines_is_told_of_each(camera):
    told = []
    camera.stock.on_new(lambda: told.append(1))
    camera.record(0, 1)
    assert len(told) == 3


def test_what_is_unknown_has_no_state_and_no_end(camera):
    assert camera.stock.state_of(uuid4()) is None
    assert not camera.stock.has(uuid4())
    assert camera.stock.end_of(camera.camera_id) is None


def test_a_stock_that_is_closed_fails_by_name(tmp_path):
    with Stock(tmp_path) as stock:
        pass
    with pytest.raises(StockError):
        stock.backlog()


class Failing:
    """A stock whose disk takes nothing for a while."""

    def __init__(self, stock):
        self.stock, self.is_failing = stock, True

    def add(self, entry, stocked=None):
        if self.is_failing:
            raise StockError("database or disk is full")
        self.stock.add(entry, stocked)


def missing(camera, number):
    start_utc = camera.clock.utc() + timedelta(seconds=number)
    return Missing(TimeRange(start_utc, start_utc + timedelta(seconds=1)), GapCause.CAMERA_SILENT)


def test_while_the_stock_fails_entries_wait_and_follow_in_order(camera):
    failing = Failing(camera.stock)
    sealing = Sealing(camera.journal, failing)
    for number in range(3):
        sealing.gap(missing(camera, number))
    assert camera.stock.unsent_lines(10) == []
    failing.is_failing = False
    sealing.gap(missing(camera, 3))
    assert [line.seq for line in camera.stock.unsent_lines(10)] == [0, 1, 2, 3]


def test_entries_do_not_wait_without_bound(camera, monkeypatch):
    monkeypatch.setattr("recorder.disk.sealing.MAX_WAITING", 2)
    assert MAX_WAITING > 1000
    sealing = Sealing(camera.journal, Failing(camera.stock))
    sealing.gap(missing(camera, 0))
    sealing.gap(missing(camera, 1))
    with pytest.raises(StockError):
        sealing.gap(missing(camera, 2))
    assert camera.restart().closed == ()
    assert len(camera.stock.unsent_lines(10)) == 3


def test_what_the_archive_has_is_evicted_without_a_word(camera):
    camera.record(0, 1)
    stored = sealed(camera)[:1]
    camera.stock.mark_stored([stored[0].object_id])
    evict_stored(stored, camera.stock, go_on)
    evict_stored(stored, camera.stock, go_on)
    assert not stored[0].path.exists()
    assert camera.stock.state_of(stored[0].object_id) is ObjectState.EVICTED
    assert camera.read().gaps() == []


def test_one_file_that_cannot_be_deleted_keeps_none_of_the_others(camera):
    camera.record(0, 1, 2)
    stored = sealed(camera)[:2]
    camera.stock.mark_stored([one.object_id for one in stored])
    stored[0].path.unlink()
    stored[0].path.mkdir()  # which no unlinking takes away, not even by root
    with pytest.raises(DiskError):
        evict_stored(stored, camera.stock, go_on)
    assert [camera.stock.state_of(one.object_id) for one in stored] == [
        ObjectState.STORED,
        ObjectState.EVICTED,
    ]


def give_up(camera, stocked, cause=GapCause.EVICTED):
    return forfeit(stocked, cause, camera.sealing, camera.stock, go_on)


def test_what_it_has_not_leaves_one_gap_however_often_it_is_asked_for(camera):
    camera.record(0, 1)
    oldest = sealed(camera)[0]
    assert give_up(camera, oldest) is GapCause.EVICTED
    assert give_up(camera, oldest) is None
    assert not oldest.path.exists()
    [gap] = camera.read().gaps()
    assert gap.gap_id == forfeit_gap_id(oldest.object_id)
    assert gap.range.start_utc == oldest.start_utc
    assert gap.range.duration == oldest.media_duration


def test_a_file_that_vanished_is_lost_and_no_longer_in_the_way(camera):
    camera.record(0, 1)
    oldest = sealed(camera)[0]
    oldest.path.unlink()
    assert give_up(camera, oldest) is GapCause.LOST
    assert camera.read().causes() == {GapCause.LOST}
    assert oldest not in sealed(camera)


def test_a_file_that_was_missed_and_is_there_is_kept(camera):
    camera.record(0)
    [segment] = sealed(camera)
    assert give_up(camera, segment, GapCause.LOST) is None
    assert segment.path.exists()
    assert camera.read().gaps() == []


def test_what_reached_the_archive_in_the_meantime_is_not_given_up(camera):
    camera.record(0)
    [segment] = sealed(camera)
    camera.stock.mark_stored([segment.object_id])
    assert give_up(camera, segment) is None
    assert segment.path.exists()
