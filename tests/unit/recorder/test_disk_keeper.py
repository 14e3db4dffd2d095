"""Room on a full disk, with a real stock: what a removed camera left must not be in the way."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.footage import GapCause
from core.wire.upload import ObjectKind
from recorder.disk.policy import MAX_PER_PASS, DiskUse
from recorder.disk_keeper import DiskKeeper
from recorder.steps import go_on
from recorder.stock.stock import Stock
from recorder.stock.stocked import StockedObject
from tests.fakes.journal import MORNING, Journal

SIZE_BYTES = 10**6
GONE, HERE, BESIDE = uuid4(), uuid4(), uuid4()


class Camera:
    def __init__(self):
        self.given_up = []

    def forfeit(self, stocked, cause):
        assert cause is GapCause.EVICTED
        self.given_up.append(stocked)


class Disk:
    def __init__(self):
        self.free_bytes = 0

    def use(self):
        return DiskUse(free_bytes=self.free_bytes, total_bytes=10**12)

    def drop_ballast(self):
        pass

    def take_ballast(self):
        pass


class Station:
    """Two cameras that record, and one that was removed."""

    def __init__(self, root):
        self.root, self.stock, self.disk = root, Stock(root), Disk()
        self.cameras = {HERE: Camera(), BESIDE: Camera()}
        self.key = Ed25519PrivateKey.generate()
        self.keeper = DiskKeeper(
            disk=self.disk,
            stock=self.stock,
            cameras=self.cameras,
            reserve_bytes=2**30,
            stopping=threading.Event(),
            reached=go_on,
        )

    def record(self, camera_id, count, *, from_s=0):
        """Stock so many segments; gives them."""
        journal = Journal(device_id=uuid4(), camera_id=camera_id, key=self.key)
        run = journal.start()
        return [self._stocked(journal, run, n, from_s) for n in range(count)]

    def _stocked(self, journal, run, number, from_s):
        at_utc = MORNING + timedelta(seconds=from_s + 10 * number)
        segment = journal.segment(run, number, start_utc=at_utc)
        stocked = StockedObject(
            kind=ObjectKind.SEGMENT,
            camera_id=journal.camera_id,
            object_id=segment.segment_id,
            path=self.root / f"{segment.segment_id}.m4s",
            sha256=segment.sha256,
            size_bytes=SIZE_BYTES,
            start_utc=segment.start_utc,
            media_duration=segment.media_duration,
        )
        stocked.path.write_bytes(b"footage")
        self.stock.add(journal.entries[-1], stocked)
        return stocked


@pytest.fixture
def station(tmp_path):
    station = Station(tmp_path)
    yield station
    station.stock.close()


def test_footage_of_a_removed_camera_is_not_in_the_way_of_those_that_record(station):
    left = station.record(GONE, MAX_PER_PASS)
    oldest = station.record(HERE, MAX_PER_PASS, from_s=10_000)
    station.keeper.keep_room()
    assert station.cameras[HERE].given_up == oldest
    assert all(stocked.path.exists() for stocked in left)


def test_of_all_cameras_that_record_the_oldest_goes_first(station):
    late = station.record(HERE, 5, from_s=100)
    early = station.record(BESIDE, 5)
    station.disk.free_bytes = 2**30 - 7 * SIZE_BYTES
    station.keeper.keep_room()
    assert station.cameras[BESIDE].given_up == early
    assert station.cameras[HERE].given_up == late[:2]


def test_what_the_archive_has_of_a_removed_camera_goes_before_anything_is_lost(station):
    left = station.record(GONE, 3, from_s=10_000)
    station.record(HERE, 10)
    station.stock.mark_stored([stocked.object_id for stocked in left])
    station.disk.free_bytes = 2**30 - 3 * SIZE_BYTES
    station.keeper.keep_room()
    assert station.cameras[HERE].given_up == []
    assert not any(stocked.path.exists() for stocked in left)


def test_a_disk_with_room_is_left_alone(station):
    station.record(HERE, 3)
    station.disk.free_bytes = 2**30
    station.keeper.keep_room()
    assert station.cameras[HERE].given_up == []
