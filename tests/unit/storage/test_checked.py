import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.objects.checked import checked, digest_of
from storage.objects.port import ObjectDamagedError, ObjectPromise


def promise(content: bytes) -> ObjectPromise:
    return ObjectPromise(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_right_bytes_pass_unchanged_however_they_are_cut(chunks):
    content = b"".join(chunks)
    assert b"".join(checked("key", chunks, promise(content))) == content


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=10), st.data())
def test_of_wrong_bytes_the_last_piece_never_passes(chunks, data):
    content = b"".join(chunks)
    place = data.draw(st.integers(0, len(content) - 1))
    wrong = bytearray(content)
    wrong[place] ^= 1
    passed: list[bytes] = []
    with pytest.raises(ObjectDamagedError):
        passed.extend(checked("key", chunks, promise(bytes(wrong))))
    assert len(b"".join(passed)) < len(content)


@pytest.mark.parametrize("announced", [b"shorter", b"a longer content than that"])
def test_a_wrong_size_is_noticed(announced):
    with pytest.raises(ObjectDamagedError):
        list(checked("key", [b"this ", b"content"], promise(announced)))


def test_a_stream_is_not_read_beyond_its_announced_size():
    def endless():
        while True:
            yield b"x" * 10

    with pytest.raises(ObjectDamagedError):
        list(checked("key", endless(), promise(b"x" * 25)))


def test_the_digest_of_a_stream_counts_its_bytes():
    assert digest_of([b"a", b"", b"bc"]) == (3, hashlib.sha256(b"abc").hexdigest())
