import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from recorder.errors import DiskFailedError
from recorder.stock.stocked import StockedObject
from recorder.uplink.sealed_file import FileChangedError, FileVanishedError, SealedFile
from tests.unit.recorder.uplink.test_batches import CAMERA, stocked


@pytest.fixture
def sealed(tmp_path) -> StockedObject:
    path = tmp_path / str(CAMERA) / "run" / "000000.m4s"
    path.parent.mkdir(parents=True)
    (tmp_path / str(CAMERA) / "journal").mkdir()
    path.write_bytes(b"0123456789")
    return replace(stocked(10), path=path)


def test_all_of_it_is_read_in_order(sealed):
    file = SealedFile(sealed)
    file.open()
    assert [file.read(4), file.read(100), file.read(4)] == [b"0123", b"456789", b""]
    file.close()
    file.close()


def test_a_file_that_is_gone_is_told_from_a_disk_that_is_gone(sealed, tmp_path):
    sealed.path.unlink()
    with pytest.raises(FileVanishedError):
        SealedFile(sealed).open()
    (tmp_path / str(CAMERA) / "journal").rmdir()
    with pytest.raises(DiskFailedError):
        SealedFile(sealed).open()


def test_a_file_of_another_size_is_not_sent(sealed):
    sealed.path.write_bytes(b"012345678")
    with pytest.raises(FileChangedError, match="has 9 bytes; 10 were sealed"):
        SealedFile(sealed).open()


def test_what_is_no_file_is_the_disks_failure(sealed):
    sealed.path.unlink()
    sealed.path.mkdir()
    with pytest.raises(DiskFailedError):
        SealedFile(sealed).open()


def test_closing_does_not_wait_for_a_disk_that_hangs(sealed):
    # A pipe nobody writes to hangs as a dying disk does.
    sealed.path.unlink()
    os.mkfifo(sealed.path)
    file = SealedFile(replace(sealed, size_bytes=0))
    hanging = threading.Thread(target=file.open)
    hanging.start()
    file.close()
    assert hanging.is_alive()
    release(sealed.path)
    hanging.join(timeout=10)
    assert not hanging.is_alive()
    assert file.read(1) == b""


def release(pipe: Path) -> None:
    with pipe.open("wb"):
        pass
