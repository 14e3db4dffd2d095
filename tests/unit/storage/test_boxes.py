import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.export.boxes import FootageFormatError, box_size, make_box, make_full_box, read_boxes
from storage.export.fragment import SampleDefaults, read_fragment
from storage.export.scanner import MAX_HEADER_BYTES, BoxScanner

DEFAULTS = {1: SampleDefaults(description=1, duration=10, size=100, flags=0)}
NON_SYNC = 0x10000


def fragment(tfhd_flags=0x20000, tfhd=b"", trun_flags=0x1, trun=b"", count=2, track=1) -> bytes:
    return make_box(
        b"moof",
        make_full_box(b"mfhd", 0, 0, struct.pack(">I", 1)),
        make_box(
            b"traf",
            make_full_box(b"tfhd", 0, tfhd_flags, struct.pack(">I", track), tfhd),
            make_full_box(b"tfdt", 1, 0, struct.pack(">Q", 5000)),
            make_full_box(b"trun", 0, trun_flags, struct.pack(">Ii", count, 90), trun),
        ),
    )


@given(
    st.lists(st.tuples(st.sampled_from([b"moof", b"mdat", b"styp"]), st.binary(max_size=60))),
    st.integers(1, 40),
)
def test_fragment_headers_are_found_however_a_segment_is_cut(boxes, step):
    data = b"".join(make_box(kind, content + b"padding!") for kind, content in boxes)
    scanner = BoxScanner()
    found = [
        box
        for start in range(0, len(data), step)
        for box in scanner.feed(data[start : start + step])
    ]
    scanner.finish()
    assert [box.data for box in found] == [
        make_box(kind, content + b"padding!") for kind, content in boxes if kind == b"moof"
    ]
    assert all(data[box.offset : box.offset + len(box.data)] == box.data for box in found)


@given(st.binary(max_size=200), st.integers(1, 50))
def test_garbage_is_named_and_never_hangs(data, step):
    scanner = BoxScanner()
    try:
        for start in range(0, len(data), step):
            list(scanner.feed(data[start : start + step]))
        scanner.finish()
    except FootageFormatError:
        pass


def test_a_segment_that_ends_inside_a_box_is_named():
    scanner = BoxScanner()
    list(scanner.feed(make_box(b"mdat", b"x" * 100)[:-1]))
    with pytest.raises(FootageFormatError):
        scanner.finish()


def test_a_header_that_claims_to_be_huge_is_refused_at_once():
    claim = (MAX_HEADER_BYTES + 1).to_bytes(4, "big") + b"moof" + bytes(8)
    with pytest.raises(FootageFormatError):
        list(BoxScanner().feed(claim))


def test_a_box_of_64_bits_is_understood():
    assert box_size((1).to_bytes(4, "big") + b"mdat" + (2**33).to_bytes(8, "big")) == (16, 2**33)


@pytest.mark.parametrize("header", [b"", b"\0\0\0\7free", b"\0\0\0\0mdat" + bytes(8)])
def test_an_impossible_box_is_named(header):
    with pytest.raises(FootageFormatError):
        box_size(header)


def test_samples_take_what_their_fragment_does_not_say_from_the_init():
    [run] = read_fragment(fragment(), DEFAULTS)
    assert (run.track_id, run.decode_time, run.data_offset) == (1, 5000, 90)
    assert [(s.duration, s.size, s.is_sync, s.composition_offset) for s in run.samples] == [
        (10, 100, True, 0)
    ] * 2


def test_samples_say_for_themselves_what_they_can():
    rows = struct.pack(">IIIi", 7, 8, 0, -3) + struct.pack(">IIIi", 9, 10, NON_SYNC, 4)
    [run] = read_fragment(fragment(trun_flags=0xF01, trun=rows), DEFAULTS)
    assert [(s.duration, s.size, s.is_sync, s.composition_offset) for s in run.samples] == [
        (7, 8, True, -3),
        (9, 10, False, 4),
    ]


def test_the_first_sample_may_be_the_only_keyframe():
    data = fragment(
        tfhd_flags=0x20020,
        tfhd=struct.pack(">I", NON_SYNC),
        trun_flags=0x5,
        trun=struct.pack(">I", 0),
        count=3,
    )
    [run] = read_fragment(data, DEFAULTS)
    assert [sample.is_sync for sample in run.samples] == [True, False, False]


@pytest.mark.parametrize(
    "data",
    [
        fragment(track=2),
        fragment(tfhd_flags=0x1, tfhd=bytes(8)),
        fragment(trun_flags=0x0),
        fragment(trun_flags=0x101, trun=b"\0\0"),
        fragment(trun_flags=0x101, count=2**31),
        make_box(b"moof", make_box(b"traf")),
    ],
)
def test_a_fragment_that_cannot_be_placed_is_named(data):
    with pytest.raises(FootageFormatError):
        list(read_fragment(data, {1: DEFAULTS[1]})) or pytest.fail("nothing was read")


def test_a_box_that_is_longer_than_its_parent_is_named():
    with pytest.raises(FootageFormatError):
        list(read_boxes(make_box(b"free", b"x")[:-1]))


def test_a_table_of_four_milliard_samples_without_a_byte_of_its_own_is_refused():
    with pytest.raises(FootageFormatError, match="cannot be"):
        list(read_fragment(fragment(count=2**32 - 1), DEFAULTS))
