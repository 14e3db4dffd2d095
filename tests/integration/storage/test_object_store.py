import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.objects.keys import kept_line, line_metadata
from storage.objects.port import (
    CHUNK_BYTES,
    ObjectDamagedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectPromise,
)
from tests.waiting import PATIENCE_S

KEY = "v1/camera/2026-11-24/080000.000000Z-one.m4s"


def promise(content: bytes, **changes) -> ObjectPromise:
    values = {
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "metadata": line_metadata('{"a line":1}\tsignature'),
    }
    return ObjectPromise(**{**values, **changes})


def read(store, key, *args) -> bytes:
    return b"".join(store.get(key, *args))


def test_what_was_put_comes_back_with_its_metadata(store):
    content = bytes(range(256)) * 4096
    store.put(KEY, [content[:10], content[10:]], promise(content))

    assert read(store, KEY) == content
    stat = store.stat(KEY)
    assert (stat.size_bytes, stat.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert kept_line(stat.metadata) == '{"a line":1}\tsignature'


def test_a_range_of_an_object_can_be_read_alone(store):
    content = bytes(range(256)) * (2 * CHUNK_BYTES // 256)
    store.put(KEY, [content], promise(content))

    assert read(store, KEY, 5, CHUNK_BYTES + 7) == content[5 : CHUNK_BYTES + 12]
    assert read(store, KEY, CHUNK_BYTES) == content[CHUNK_BYTES:]
    assert read(store, KEY, 5, 0) == b""
    assert read(store, KEY, len(content)) == b""
    assert read(store, KEY, len(content) - 1, 100) == content[-1:]


def test_a_name_is_given_once_even_for_the_same_bytes(store):
    store.put(KEY, [b"first"], promise(b"first"))
    for content in (b"first", b"other"):
        with pytest.raises(ObjectExistsError):
            store.put(KEY, [content], promise(content))
    assert read(store, KEY) == b"first"


def test_of_many_writers_of_one_name_exactly_one_wins_with_its_own_metadata(store):
    outcomes: list[int | None] = []
    barrier = threading.Barrier(6)

    def write(number: int) -> None:
        content = f"writer {number}".encode()
        barrier.wait(timeout=PATIENCE_S)
        try:
            metadata = line_metadata(f"writer {number}")
            store.put(KEY, [content], promise(content, metadata=metadata))
            outcomes.append(number)
        except ObjectExistsError:
            outcomes.append(None)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)

    winners = [n for n in outcomes if n is not None]
    assert len(outcomes) == 6
    assert len(winners) == 1
    text = f"writer {winners[0]}"
    assert read(store, KEY) == text.encode()
    assert kept_line(store.stat(KEY).metadata) == text


@pytest.mark.parametrize(
    ("sent", "changes"),
    [
        (b"right length", {"sha256": "0" * 64}),
        (b"too short", {"size_bytes": 100}),
        (b"too long", {"size_bytes": 3}),
        (b"", {"size_bytes": 3}),
    ],
)
def test_bytes_that_are_not_as_promised_never_become_visible(store, sent, changes):
    with pytest.raises(ObjectDamagedError):
        store.put(KEY, [sent], promise(sent, **changes))
    with pytest.raises(ObjectMissingError):
        store.stat(KEY)
    assert list(store.list("")) == []


def test_a_sender_that_breaks_off_leaves_nothing_and_may_come_again(store):
    class LinkLostError(Exception):
        pass

    def breaking():
        yield b"x" * CHUNK_BYTES
        raise LinkLostError

    content = b"x" * CHUNK_BYTES * 3
    with pytest.raises(LinkLostError):
        store.put(KEY, breaking(), promise(content))
    with pytest.raises(ObjectMissingError):
        store.get(KEY)

    store.put(KEY, [content], promise(content))
    assert store.stat(KEY).size_bytes == len(content)


def test_listing_gives_the_keys_below_a_prefix_in_the_order_of_their_text(store):
    keys = ["v1/a/1", "v1/a-b/1", "v1/a/10", "v1/a/2", "v1/b/1", "v2/a/1", "v1/a.b"]
    for key in keys:
        store.put(key, [b"x"], promise(b"x"))

    assert [o.key for o in store.list("v1/")] == sorted(k for k in keys if k.startswith("v1/"))
    assert [o.key for o in store.list("v1/a/1")] == ["v1/a/1", "v1/a/10"]
    assert [o.key for o in store.list("")] == sorted(keys)
    assert list(store.list("v3/")) == []


@pytest.mark.parametrize("kind", ["s3+postgresql"])  # a disk's listing has no pages
def test_a_listing_longer_than_a_page_of_s3_is_whole(store):
    keys = [f"v1/{n:05d}" for n in range(1005)]
    with ThreadPoolExecutor(16) as threads:  # each waits for a disk, which may be slow
        list(threads.map(lambda key: store.put(key, [b"x"], promise(b"x")), keys))
    assert [o.key for o in store.list("v1/")] == keys


def test_a_moved_object_keeps_bytes_and_metadata(store):
    store.put(KEY, [b"bytes"], promise(b"bytes"))
    store.move(KEY, "aside/one")

    with pytest.raises(ObjectMissingError):
        store.stat(KEY)
    assert read(store, "aside/one") == b"bytes"
    assert kept_line(store.stat("aside/one").metadata) == '{"a line":1}\tsignature'


def test_moving_refuses_a_taken_name_and_an_absent_source(store):
    store.put(KEY, [b"bytes"], promise(b"bytes"))
    store.put("aside/one", [b"other"], promise(b"other"))
    with pytest.raises(ObjectExistsError):
        store.move(KEY, "aside/one")
    with pytest.raises(ObjectMissingError):
        store.move("v1/absent", "aside/two")
    assert read(store, KEY) == b"bytes"
    assert read(store, "aside/one") == b"other"


def test_deleting_removes_the_object_and_may_be_repeated(store):
    store.put(KEY, [b"bytes"], promise(b"bytes"))
    store.delete(KEY)
    store.delete(KEY)
    with pytest.raises(ObjectMissingError):
        store.get(KEY)
    store.put(KEY, [b"again"], promise(b"again"))
    assert read(store, KEY) == b"again"


def test_reading_may_be_given_up_in_the_middle(store):
    content = b"x" * CHUNK_BYTES * 5
    store.put(KEY, [content], promise(content))
    for _ in range(20):
        chunks = store.get(KEY)
        next(chunks)
        chunks.close()
    assert len(read(store, KEY)) == len(content)
