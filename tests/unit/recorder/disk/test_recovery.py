"""What a start makes of whatever the last one left behind."""

import sqlite3
from datetime import timedelta

import pytest

from core.footage import GapCause, SegmentEnd
from core.timerange import TimeRange
from recorder.disk.evicting import forfeit
from recorder.disk.gaps import Missing
from recorder.steps import go_on
from recorder.stock.stocked import ObjectState
from tests.fakes.packets import fragments_of
from tests.fakes.spooled import SpooledCamera


@pytest.fixture
def camera(tmp_path, clip):
    init, fragments = fragments_of(clip)
    camera = SpooledCamera(spool=tmp_path, init=init, fragments=fragments)
    yield camera
    camera.crash()


def kept(camera):
    return [camera.read().file(segment) for segment in camera.read().segments()]


def stocked_ids(camera, state=ObjectState.SEALED):
    return {one.object_id for one in camera.stock.oldest_segments(state, 100)}


def test_a_first_start_finds_nothing(camera):
    found = camera.restart()
    assert (found.end_utc, found.closed) == (None, ())
    assert found.cause is GapCause.AGENT_DIED


def test_an_open_segment_becomes_an_ordinary_one(camera):
    run = camera.new_run()
    camera.write(run, 0, 1, 2)
    found = camera.restart()
    assert camera.ends()[-1] is SegmentEnd.RECOVERED
    assert b"".join(kept(camera)) == b"".join(f.data for f in camera.fragments[:3])
    assert found.end_utc == camera.clock.utc() + timedelta(seconds=3)
    assert found.cause is GapCause.AGENT_DIED
    assert len(found.closed) == 1
    assert camera.files("*/*.open") == []


def test_a_torn_file_keeps_its_whole_fragments(camera):
    run = camera.new_run()
    camera.write(run, 0)
    [path] = camera.files("*/*.open")
    with path.open("ab") as file:
        file.write(camera.fragments[1].data[:-1])
    camera.restart()
    assert kept(camera) == [camera.fragments[0].data]
    [segment] = camera.read().segments()
    assert segment.frame_count == 10
    assert camera.read().decoded(segment) == 10


def test_a_file_without_a_whole_fragment_is_taken_away(camera):
    run = camera.new_run()
    camera.write(run, 0)
    [path] = camera.files("*/*.open")
    path.write_bytes(camera.fragments[0].data[:100])
    assert camera.restart().closed == ()
    assert camera.files("*/*.open") == []
    assert camera.read().segments() == []


def test_a_closed_segment_that_nobody_stated_is_stated(camera):
    run = camera.new_run()
    camera.write(run, 0)
    [path] = camera.files("*/*.open")
    path.with_suffix(".m4s").hardlink_to(path)
    camera.restart()
    assert kept(camera) == [camera.fragments[0].data]
    assert camera.files("*/*.open") == []


def test_starting_again_changes_nothing(camera):
    camera.record(0, 1, 2)
    camera.restart()
    lines = camera.journal.path.read_bytes()
    assert camera.restart().closed == ()
    assert camera.journal.path.read_bytes() == lines


def test_a_start_after_a_stop_knows_that_it_was_on_purpose(camera):
    camera.record(0, 1)
    camera.sealing.stop()
    found = camera.restart()
    assert found.cause is GapCause.AGENT_STOPPED
    assert found.end_utc == camera.clock.utc() + timedelta(seconds=2)


def lose_stock(camera):
    for path in camera.spool.glob("stock.sqlite3*"):
        path.unlink()


def tear_last_line(camera):
    data = camera.journal.path.read_bytes()
    camera.journal.path.write_bytes(data[:-50])


def test_a_torn_journal_line_costs_nothing(camera):
    camera.record(0, 1, 2)
    camera.crash()
    tear_last_line(camera)
    lose_stock(camera)
    camera.open()
    assert b"".join(kept(camera)) == b"".join(f.data for f in camera.fragments[:3])
    ids = [segment.segment_id for segment in camera.read().segments()]
    assert len(ids) == len(set(ids))


def test_nothing_is_signed_twice_under_one_number_though_the_disk_lied(camera):
    camera.record(0, 1, 2)
    camera.crash()
    tear_last_line(camera)
    camera.open()
    camera.record(3)
    lines = camera.stock.unsent_lines(100)
    numbers = [(line.epoch, line.seq) for line in lines]
    assert len(numbers) == len(set(numbers)) == 3 + 2
    assert len(stocked_ids(camera)) == 3


def test_a_lost_journal_is_written_anew_from_the_spool_in_the_order_of_time(camera):
    for _ in range(4):
        camera.clock.advance(10)
        camera.record(0, 1)
    before = camera.read().segments()
    end_utc = before[-1].range.end_utc
    camera.crash()
    camera.journal.path.unlink()
    lose_stock(camera)
    found = camera.open()
    after = camera.read().segments()
    assert [s.segment_id for s in after] == [s.segment_id for s in before]
    assert [s.sha256 for s in after] == [s.sha256 for s in before]
    assert {s.end for s in after} == {SegmentEnd.RECOVERED}
    assert len(camera.read().runs()) == 4
    assert found.end_utc == end_utc


def test_a_lost_journal_alone_still_tells_where_footage_ended(camera):
    camera.record(0, 1)
    end_utc = camera.read().segments()[-1].range.end_utc
    camera.crash()
    camera.journal.path.unlink()
    found = camera.open()
    assert (found.end_utc, found.closed) == (end_utc, ())


def test_a_lost_stock_is_rebuilt_from_the_journal(camera):
    camera.record(0, 1, 2)
    ids, lines = stocked_ids(camera), camera.stock.unsent_lines(100)
    camera.crash()
    lose_stock(camera)
    assert camera.open().closed == ()
    assert stocked_ids(camera) == ids
    assert camera.stock.unsent_lines(100) == lines


def test_a_damaged_stock_is_set_aside_and_rebuilt(camera):
    camera.record(0, 1, 2)
    ids = stocked_ids(camera)
    camera.crash()
    path = camera.spool / "stock.sqlite3"
    for side in camera.spool.glob("stock.sqlite3-*"):
        side.unlink()
    path.write_bytes(b"no database " * 500)
    camera.open()
    assert stocked_ids(camera) == ids
    assert path.with_suffix(".damaged").exists()
    assert sqlite3.connect(path).execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_journal_damaged_inside_is_left_and_no_footage_is_forgotten(camera):
    for _ in range(3):
        camera.record(0, 1)
    for number in range(200):  # the damage lies before what is looked at when it is opened
        camera.sealing.gap(
            Missing(
                TimeRange(
                    camera.clock.utc() + timedelta(hours=number),
                    camera.clock.utc() + timedelta(hours=number + 1),
                ),
                GapCause.CAMERA_SILENT,
            )
        )
    camera.crash()
    lose_stock(camera)
    data = camera.journal.path.read_bytes()
    at = data.index(b"\n") + 40
    camera.journal.path.write_bytes(data[:at] + b"#" + data[at + 1 :])
    camera.open()
    assert len(stocked_ids(camera)) == 3 * 2
    epochs = {path.name for path in camera.files("journal/*.jsonl")}
    assert len(epochs) == 2


def test_a_segment_that_nobody_can_play_is_set_aside_and_stops_nothing(camera):
    run = camera.new_run()
    camera.write(run, 0)
    [path] = camera.files("*/*.open")
    path.with_suffix(".m4s").write_bytes(b"not a film at all")
    found = camera.restart()
    assert found.closed == ()
    [damaged] = camera.files("*/*.damaged")
    assert damaged.read_bytes() == b"not a film at all"
    camera.record(0)
    assert kept(camera) == [camera.fragments[0].data]


def test_what_a_crash_left_half_written_is_taken_away(camera):
    camera.record(0)
    [init] = camera.files("*/init.mp4")
    leftover = init.with_name("init.mp4.new")
    leftover.write_bytes(b"half")
    camera.restart()
    assert not leftover.exists()


def test_an_eviction_is_no_end_of_footage(camera):
    camera.record(0, 1, 2)
    end_utc = camera.read().segments()[-1].range.end_utc
    [oldest, *_] = camera.stock.oldest_segments(ObjectState.SEALED, 10)
    forfeit(oldest, GapCause.EVICTED, camera.sealing, camera.stock, go_on)
    assert camera.restart().end_utc == end_utc


def test_a_stated_gap_is(camera):
    camera.record(0, 1)
    end_utc = camera.read().segments()[-1].range.end_utc + timedelta(seconds=30)
    camera.sealing.gap(
        Missing(TimeRange(end_utc - timedelta(seconds=30), end_utc), GapCause.CAMERA_SILENT)
    )
    assert camera.restart().end_utc == end_utc


@pytest.mark.parametrize(("is_stock_lost", "latest"), [(False, 256), (True, 256), (True, 0)])
def test_an_eviction_that_was_stated_and_not_done_is_done(
    camera, is_stock_lost, latest, monkeypatch
):
    monkeypatch.setattr("recorder.disk.recovery._LATEST", latest)
    camera.record(0, 1, 2)
    [oldest, *_] = camera.stock.oldest_segments(ObjectState.SEALED, 10)

    class DiedError(Exception):
        pass

    def die(step):
        raise DiedError

    with pytest.raises(DiedError):
        forfeit(oldest, GapCause.EVICTED, camera.sealing, camera.stock, die)
    assert oldest.path.exists()
    camera.crash()
    if is_stock_lost:
        lose_stock(camera)
    camera.open()
    assert not oldest.path.exists()
    assert oldest.object_id not in stocked_ids(camera)
    assert len(camera.read().gaps()) == 1


def test_what_the_name_says_is_in_the_entry(camera):
    run = camera.new_run()
    camera.write(run, 0)
    camera.restart()
    [segment] = camera.read().segments()
    assert (segment.clock_offset_s, segment.is_clock_synced) == (0.25, True)
    assert segment.start_utc == camera.clock.utc()
    assert segment.number == 0
