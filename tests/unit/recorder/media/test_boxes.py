from itertools import pairwise
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import BoxError
from recorder.media.boxes import BoxSplitter, Fragment, Init, boxes, read_fragment
from tests.fakes.packets import CLIP_FPS, CLIP_S, box, fragments_of, sound_fragment

SEEN_BY_HYPOTHESIS = {}


@pytest.fixture(scope="module", autouse=True)
def stream(clip):
    init, fragments = fragments_of(clip)
    SEEN_BY_HYPOTHESIS["stream"] = init, fragments
    return init, fragments


def whole():
    init, fragments = SEEN_BY_HYPOTHESIS["stream"]
    return init.data + b"".join(fragment.data for fragment in fragments)


def test_a_run_begins_with_its_init_and_goes_on_in_fragments(stream):
    init, fragments = stream
    assert isinstance(init, Init)
    assert init.data[4:8] == b"ftyp"
    assert all(isinstance(fragment, Fragment) for fragment in fragments)
    assert sum(fragment.sample_count for fragment in fragments) == CLIP_S * CLIP_FPS


def test_fragments_begin_on_keyframes_and_touch(stream):
    _, fragments = stream
    assert [fragment.is_sync for fragment in fragments] == [True] * CLIP_S
    assert fragments[0].base_time == 0
    assert all(before.end_time == after.base_time for before, after in pairwise(fragments))


@given(sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=50))
def test_however_the_bytes_come_the_same_pieces_come_out(sizes):
    data, splitter, at, pieces = whole(), BoxSplitter(), 0, []
    while at < len(data):
        size = sizes[at % len(sizes)]
        pieces += splitter.feed(data[at : at + size])
        at += size
    init, fragments = SEEN_BY_HYPOTHESIS["stream"]
    assert pieces == [init, *fragments]
    assert splitter.pending_bytes == 0


def test_boxes_that_belong_to_neither_are_passed_over(stream):
    _, [fragment, *_] = stream
    others = box(b"styp", b"cmfs") + box(b"sidx", bytes(20)) + box(b"free") + box(b"mfra")
    assert BoxSplitter().feed(others + fragment.data + others) == [fragment]


def test_a_long_size_is_read(stream):
    _, [fragment, *_] = stream
    moof_bytes = int.from_bytes(fragment.data[:4], "big")
    payload = fragment.data[moof_bytes + 8 :]
    long_mdat = pack(">I4sQ", 1, b"mdat", 16 + len(payload)) + payload
    [came] = BoxSplitter().feed(fragment.data[:moof_bytes] + long_mdat)
    assert came.sample_count == fragment.sample_count


@pytest.mark.parametrize(
    "data",
    [
        box(b"mdat", b"no header before it"),
        box(b"moov", b"no ftyp before it"),
        pack(">I4s", 7, b"moof"),
        pack(">I4s", 2**31, b"mdat"),
        pack(">I4sQ", 1, b"mdat", 2**60),
        b"a letter, not a film",
    ],
)
def test_what_is_no_boxes_is_refused_by_name(data):
    with pytest.raises(BoxError):
        BoxSplitter().feed(data + bytes(32))


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused_by_name(data):
    try:
        BoxSplitter().feed(data)
    except BoxError:
        return


@given(at=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_header_is_read_or_refused_by_name(at, value):
    _, [fragment, *_] = SEEN_BY_HYPOTHESIS["stream"]
    data = bytearray(fragment.data)
    data[at] = value
    try:
        read_fragment(bytes(data))
    except BoxError:
        return


@given(st.binary(max_size=60), st.sampled_from([b"tfhd", b"trun", b"tfdt"]))
def test_a_traf_of_any_content_is_read_or_refused_by_name(content, kind):
    try:
        read_fragment(box(b"moof", box(b"traf", box(kind, content) + box(b"tfhd", content))))
    except BoxError:
        return


def test_boxes_must_fill_what_holds_them():
    assert list(boxes(box(b"free", b"1234"), 0, 12)) == [(b"free", 8, 12)]
    with pytest.raises(BoxError):
        list(boxes(box(b"free", b"1234") + b"123", 0, 15))
    with pytest.raises(BoxError):
        list(boxes(pack(">I4s", 20, b"free"), 0, 8))


def test_sound_that_goes_on_without_pictures_stays_with_the_next_of_them(stream):
    _, [fragment, *_] = stream
    splitter = BoxSplitter()
    assert splitter.feed(sound_fragment() + sound_fragment()) == []
    [came] = splitter.feed(fragment.data)
    assert came.data == 2 * sound_fragment() + fragment.data
    assert (came.sample_count, came.is_sync) == (fragment.sample_count, True)
    assert read_fragment(came.data) == came


def test_sound_alone_is_not_gathered_for_ever():
    with pytest.raises(BoxError, match="no picture"):
        BoxSplitter().feed(20 * sound_fragment(100_000))
