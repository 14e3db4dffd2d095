import hashlib
import os
from pathlib import Path

import pytest

from core.errors import BadInputError
from storage.objects.disk import DiskStore
from storage.objects.port import ObjectMissingError, ObjectPromise, StoreFullError
from storage.objects.port import StoreUnavailableError as AwayError


def promise(content: bytes) -> ObjectPromise:
    return ObjectPromise(
        size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), metadata={"a": "b"}
    )


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path, reserve_bytes=0)


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "v1/../../x", "v1//x", "v1/.hidden"])
def test_a_key_cannot_lead_out_of_the_folder(store, key):
    with pytest.raises(BadInputError):
        store.get(key)


def test_an_object_is_a_plain_file_of_its_own_bytes(store, tmp_path):
    store.put("v1/a/one.m4s", [b"bytes"], promise(b"bytes"))
    assert (tmp_path / "v1/a/one.m4s").read_bytes() == b"bytes"


def test_a_sidecar_that_the_disk_does_not_give_is_not_taken_for_none(store, tmp_path):
    store.put("v1/a/one.m4s", [b"bytes"], promise(b"bytes"))
    sidecar = tmp_path / "v1/a/.one.m4s.meta"
    sidecar.unlink()
    assert store.stat("v1/a/one.m4s").sha256 is None
    sidecar.mkdir()  # reading it fails, as on a disk that is failing
    with pytest.raises(AwayError):
        store.stat("v1/a/one.m4s")


def test_room_in_reserve_is_never_used(tmp_path):
    store = DiskStore(tmp_path, reserve_bytes=2**62)
    with pytest.raises(StoreFullError):
        store.put("v1/one", [b"bytes"], promise(b"bytes"))
    assert list(store.list("")) == []


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(AwayError):
        DiskStore(tmp_path / "unmounted")


def test_what_a_killed_writer_left_is_swept_at_the_next_start(store, tmp_path):
    leftover = tmp_path / ".incoming" / "half-written"
    leftover.write_bytes(b"half")
    DiskStore(tmp_path)
    assert not leftover.exists()


def test_a_start_beside_a_running_writer_leaves_its_file_alone(store, tmp_path):
    def chunks():
        yield b"by"
        DiskStore(tmp_path)  # another process of the API starts now
        yield b"tes"

    store.put("v1/one", chunks(), promise(b"bytes"))
    assert b"".join(store.get("v1/one")) == b"bytes"


@pytest.mark.parametrize("step", ["link", "fsync", "replace"])
def test_a_failing_step_of_writing_leaves_no_visible_object(store, monkeypatch, step):
    def broken(*args, **kwargs):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "replace" else os, step, broken)
        with pytest.raises(AwayError):
            store.put("v1/one", [b"bytes"], promise(b"bytes"))
    with pytest.raises(ObjectMissingError):
        store.stat("v1/one")
    store.put("v1/one", [b"bytes"], promise(b"bytes"))
    assert store.stat("v1/one").metadata == {"a": "b"}


def test_a_disk_that_fills_up_while_writing_is_named_so(store, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFullError):
        store.put("v1/one", [b"bytes"], promise(b"bytes"))


def test_the_sidecar_is_durable_before_the_object_is_visible(store, monkeypatch, tmp_path):
    seen: list[str] = []
    link = os.link

    def watched(source, target, **options):
        seen.extend(p.name for p in target.parent.iterdir())
        link(source, target, **options)

    monkeypatch.setattr(os, "link", watched)
    store.put("v1/one", [b"bytes"], promise(b"bytes"))
    assert seen == [".one.meta"]


def test_a_lost_sidecar_does_not_hide_the_object(store, tmp_path):
    store.put("v1/one", [b"bytes"], promise(b"bytes"))
    (tmp_path / "v1/.one.meta").unlink()
    stat = store.stat("v1/one")
    assert (stat.size_bytes, stat.sha256, stat.metadata) == (5, None, {})


def test_bytes_that_nobody_takes_hold_no_file_open(store):
    store.put("v1/one", [b"bytes"], promise(b"bytes"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        store.get("v1/one")  # a browser that left before the first byte
    assert len(list(Path("/proc/self/fd").iterdir())) == before
