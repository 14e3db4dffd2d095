import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from core.footage import SegmentEnd
from recorder.disk.files import write_new
from recorder.disk.layout import SegmentFacts, init_path
from recorder.disk.spool import SpooledSegment, release, write_init
from recorder.disk.spool_disk import SpoolDisk
from recorder.errors import DiskError, DiskFailedError, DiskFullError
from tests.fakes.clock import FakeClock
from tests.fakes.journal import MORNING
from tests.fakes.packets import fragments_of

RUN, CAMERA = uuid4(), uuid4()


@pytest.fixture(scope="module")
def fragments(clip):
    return fragments_of(clip)[1]


@pytest.fixture
def facts():
    return SegmentFacts(
        camera_id=CAMERA,
        run_id=RUN,
        segment_id=uuid4(),
        number=3,
        start_utc=MORNING,
        clock_offset_s=0.25,
        is_clock_synced=True,
    )


@pytest.fixture
def opened(tmp_path, facts):
    write_init(tmp_path, CAMERA, RUN, b"init")
    clock = FakeClock()
    return SpooledSegment(spool=tmp_path, facts=facts, timescale=10240, clock=clock)


def names(tmp_path):
    return sorted(path.suffix for path in (tmp_path / str(CAMERA) / str(RUN)).iterdir())


def test_each_fragment_is_in_the_file_at_once(opened, fragments, tmp_path):
    opened.append(fragments[0])
    [path] = tmp_path.glob("*/*/*.open")
    assert path.read_bytes() == fragments[0].data


def test_a_closed_segment_stands_under_its_final_name_and_its_open_one(opened, fragments, tmp_path):
    for fragment in fragments[:2]:
        opened.append(fragment)
    closed = opened.close(SegmentEnd.TARGET)
    data = closed.path.read_bytes()
    assert data == fragments[0].data + fragments[1].data
    assert names(tmp_path) == [".m4s", ".mp4", ".open"]
    release(closed)
    release(closed)
    assert names(tmp_path) == [".m4s", ".mp4"]
    segment = closed.segment
    assert segment.sha256 == hashlib.sha256(data).hexdigest()
    assert (segment.size_bytes, segment.frame_count) == (len(data), 20)
    assert segment.media_duration == timedelta(seconds=2)


def test_nothing_is_ever_overwritten(opened, fragments, tmp_path):
    opened.append(fragments[0])
    [path] = tmp_path.glob("*/*/*.open")
    path.with_suffix(".m4s").write_bytes(b"somebody was here")
    with pytest.raises(DiskFailedError):
        opened.close(SegmentEnd.TARGET)
    assert path.with_suffix(".m4s").read_bytes() == b"somebody was here"


def test_a_full_disk_leaves_whole_fragments_only(opened, fragments, tmp_path, monkeypatch):
    opened.append(fragments[0])
    write, taken = os.write, []

    def half_full(fd, data):
        if taken:
            raise OSError(28, "No space left on device")
        taken.append(1)
        return write(fd, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr(os, "write", half_full)
        with pytest.raises(DiskFullError):
            opened.append(fragments[1])
    [path] = tmp_path.glob("*/*/*.open")
    assert path.read_bytes() == fragments[0].data


def test_a_power_cut_costs_at_most_two_seconds(tmp_path, facts, fragments, monkeypatch):
    write_init(tmp_path, CAMERA, RUN, b"init")
    clock, synced = FakeClock(), []
    segment = SpooledSegment(spool=tmp_path, facts=facts, timescale=10240, clock=clock)
    monkeypatch.setattr(os, "fdatasync", lambda fd: synced.append(clock.monotonic_s()))
    began_s = clock.monotonic_s()
    for fragment in fragments:
        clock.advance(1)
        segment.append(fragment)
    assert [round(at_s - began_s) for at_s in synced] == [2, 4, 6]


def test_an_init_may_be_written_again_and_not_changed(tmp_path):
    path = write_init(tmp_path, CAMERA, RUN, b"init")
    assert write_init(tmp_path, CAMERA, RUN, b"init") == path
    with pytest.raises(DiskError):
        write_init(tmp_path, CAMERA, RUN, b"another")
    assert init_path(tmp_path, CAMERA, RUN).read_bytes() == b"init"


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    def failing(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "file", b"data")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_of_another_device_is_refused(tmp_path):
    mine, other = uuid4(), uuid4()
    claimed(tmp_path / "spool", mine)
    assert claimed(tmp_path / "spool", mine).use().total_bytes > 0
    with pytest.raises(DiskFailedError, match="not this device's"):
        claimed(tmp_path / "spool", other)


def test_a_disk_whose_marker_vanished_is_not_marked_anew(tmp_path):
    disk = claimed(tmp_path / "spool", uuid4())
    (tmp_path / "spool" / "pollcam-spool").unlink()
    with pytest.raises(DiskFailedError, match="or is gone"):
        disk.claim()


def claimed(root, device_id):
    disk = SpoolDisk(root, device_id)
    disk.claim()
    return disk


def test_a_disk_that_is_gone_says_nothing(tmp_path):
    disk = claimed(tmp_path / "spool", uuid4())
    (tmp_path / "spool" / "pollcam-spool").unlink()
    assert disk.use() is None


def test_the_ballast_is_taken_once_and_given_back(tmp_path):
    disk = claimed(tmp_path / "spool", uuid4())
    disk.take_ballast()
    disk.take_ballast()
    assert (tmp_path / "spool" / "ballast").stat().st_blocks * 512 >= 8 * 2**20
    disk.drop_ballast()
    disk.drop_ballast()
    assert not (tmp_path / "spool" / "ballast").exists()


def test_cameras_that_claim_a_new_disk_at_the_same_time_all_get_it(tmp_path):
    for number in range(20):
        disk = SpoolDisk(tmp_path / str(number), uuid4())
        with ThreadPoolExecutor(8) as cameras:
            claims = [cameras.submit(disk.claim) for _ in range(8)]
        assert [claim.exception() for claim in claims] == [None] * 8
