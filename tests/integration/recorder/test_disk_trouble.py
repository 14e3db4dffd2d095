"""Disks that are full, read-only or too small, really: each leaves its own name in the record."""

import contextlib
from datetime import timedelta

import pytest

from core.clock import SystemClock
from core.footage import GapCause
from recorder.sources.address import read_address
from recorder.stock.stocked import ObjectState
from tests.parts.film import encode_film, make_film, repeat_film
from tests.parts.recorder_station import RecorderStation
from tests.parts.small_disk import fill, read_only, small_disk
from tests.waiting import PATIENCE_S, wait_until

_RESERVE = 8 * 2**20
TROUBLED = {"full": GapCause.DISK_FULL, "read_only": GapCause.DISK_FAILED}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_film(tmp_path_factory.mktemp("film") / "walk.mp4", 400)


@pytest.fixture(scope="module")
def day(film, tmp_path_factory):
    """Three cameras; the folder of one fills up, that of another turns read-only, for a while."""
    spool = tmp_path_factory.mktemp("spool")
    sources = {name: read_address(str(film)) for name in (*TROUBLED, "well")}
    station = RecorderStation(spool, sources)
    folders = {name: spool / str(station.ids[name]) for name in TROUBLED}
    with small_disk(folders["full"], 16), small_disk(folders["read_only"], 64):
        with station, contextlib.ExitStack() as trouble:
            _wait_for_footage(station)
            filler = fill(folders["full"])
            trouble.enter_context(read_only(folders["read_only"]))
            seen = {name: _trouble_of(station, name) for name in TROUBLED}
            trouble.close()
            filler.unlink()
            _wait_for_footage(station)
        yield station, seen


def _wait_for_footage(station):
    counted = {name: station.camera(name).counters.segments_total for name in station.ids}
    wait_until(
        lambda: all(
            station.camera(name).counters.segments_total > counted[name] + 1 for name in station.ids
        ),
        within_s=PATIENCE_S,
        what="two more segments of each camera",
    )


def _trouble_of(station, name):
    wait_until(
        lambda: station.trouble(name) is not None, within_s=PATIENCE_S, what=f"{name} is noticed"
    )
    return station.trouble(name)


@pytest.mark.parametrize(("name", "cause"), TROUBLED.items())
def test_the_trouble_is_reported_and_leaves_a_gap_by_its_name(day, name, cause):
    station, seen = day
    assert seen[name] == cause.value
    assert station.read(name).causes() == {cause}


@pytest.mark.parametrize("name", TROUBLED)
def test_it_ends_by_itself_and_no_moment_is_passed_over(day, name):
    station, _ = day
    reader = station.read(name)
    assert station.trouble(name) is None
    assert len(reader.covered()) > 1
    assert len(reader.accounted_for()) == 1
    assert reader.is_stopped()


@pytest.mark.parametrize("name", TROUBLED)
def test_what_was_recorded_before_and_after_is_whole(day, name):
    station, _ = day
    reader = station.read(name)
    assert [reader.decoded(s) for s in reader.segments()] == [
        s.frame_count for s in reader.segments()
    ]
    numbers = [segment.number for segment in reader.segments()]
    assert numbers == list(range(len(numbers)))


def test_a_camera_on_a_good_disk_does_not_notice(day):
    station, _ = day
    reader = station.read("well")
    assert len(reader.covered()) == 1
    assert reader.gaps() == []


@pytest.fixture(scope="module")
def heavy_film(tmp_path_factory):
    """Longer than the disk holds, by far: where it begins anew footage may be missing."""
    folder = tmp_path_factory.mktemp("film")
    scene = "testsrc2=size=640x360:rate=10:duration=20,noise=alls=60:allf=t"
    quick = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-qp", "24"]
    options = ["-f", "lavfi", "-i", scene, *quick, "-pix_fmt", "yuv420p"]
    return repeat_film(folder / "heavy.mp4", encode_film(folder / "once.mp4", *options), 6)


@pytest.fixture(scope="module")
def small_station(heavy_film, tmp_path_factory):
    """A disk that holds some seconds; the first two segments reach the archive in time."""
    spool = tmp_path_factory.mktemp("disk")
    with small_disk(spool, 30):
        sources = {"camera": read_address(str(heavy_film))}
        station = RecorderStation(spool, sources, segment_s=1.0, reserve_bytes=_RESERVE)
        with station:
            counters = station.camera("camera").counters
            stock = station.recording.stock
            wait_until(
                lambda: len(stock.oldest_segments(ObjectState.SEALED, 2)) == 2,
                within_s=PATIENCE_S,
                what="two segments",
            )
            stored = stock.oldest_segments(ObjectState.SEALED, 2)
            stock.mark_stored([one.object_id for one in stored])
            wait_until(
                lambda: counters.gaps_total.get(GapCause.EVICTED, 0) >= 3,
                within_s=PATIENCE_S,
                what="footage has to go that the archive does not have",
            )
        yield station, stored


def test_what_the_archive_has_goes_first_and_leaves_no_gap(small_station):
    station, stored = small_station
    reader = station.read("camera")
    assert not any(one.path.exists() for one in stored)
    first_loss_utc = min(gap.range.start_utc for gap in reader.gaps())
    assert all(one.start_utc < first_loss_utc for one in stored)


def test_what_it_has_not_goes_oldest_first_and_each_leaves_a_gap(small_station):
    station, stored = small_station
    reader = station.read("camera")
    kept = {s.segment_id for s in reader.segments() if _has_file(reader, s)}
    gone = [s for s in reader.segments() if s.segment_id not in kept]
    lost = [s for s in gone if s.segment_id not in {one.object_id for one in stored}]
    assert [s.range for s in lost] == sorted(gap.range for gap in reader.gaps())
    assert reader.causes() == {GapCause.EVICTED}
    newest_lost = max(s.start_utc for s in lost)
    assert all(s.start_utc > newest_lost for s in reader.segments() if s.segment_id in kept)


def test_meanwhile_recording_goes_on_without_a_hole(small_station):
    station, _ = small_station
    assert len(station.read("camera").covered()) == 1
    assert station.camera("camera").counters.dropped_packets_total == 0


def test_lost_footage_is_counted_for_the_alarm(small_station):
    station, _ = small_station
    assert station.camera("camera").counters.forfeited_bytes_total > 0


def test_an_eviction_is_no_end_of_footage_to_the_next_start(small_station, heavy_film):
    known, _ = small_station
    left_utc = max(s.range.end_utc for s in known.read("camera").segments())
    later_utc = left_utc + timedelta(seconds=0.5)
    wait_until(
        lambda: SystemClock().utc() > later_utc, within_s=PATIENCE_S, what="some time without us"
    )
    sources = {"camera": read_address(str(heavy_film))}
    with RecorderStation(known.spool, sources, reserve_bytes=_RESERVE, known=known) as station:
        wait_until(
            lambda: station.is_recording("camera"), within_s=PATIENCE_S, what="footage again"
        )
    reader = station.read("camera")
    [gap] = [gap for gap in reader.gaps() if gap.cause is GapCause.AGENT_STOPPED]
    assert abs(gap.range.start_utc - left_utc) < timedelta(seconds=0.1)


def test_a_disk_that_is_read_only_at_the_start_is_told_and_used_once_it_can_be(tmp_path, film):
    sources = {"camera": read_address(str(film))}
    with small_disk(tmp_path / "disk", 16) as disk:
        station = RecorderStation(disk / "spool", sources)
        with contextlib.ExitStack() as trouble:
            trouble.enter_context(read_only(disk))
            with station:
                assert _trouble_of(station, "camera") == GapCause.DISK_FAILED
                assert station.recording.disk_report().is_failed
                trouble.close()
                wait_until(
                    lambda: station.is_recording("camera"), within_s=PATIENCE_S, what="footage"
                )
        assert not station.recording.disk_report().is_failed
        assert station.read("camera").segments()


def _has_file(reader, segment):
    return any(reader.directory.glob(f"{segment.run_id}/*-{segment.segment_id}-*.m4s"))
