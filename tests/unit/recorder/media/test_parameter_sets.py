import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.media.parameter_sets import nal_kind, nal_units, parameter_sets
from recorder.media.picture_size import picture_size
from tests.fakes.packets import open_session

UNITS = st.lists(
    st.binary(min_size=1, max_size=20)
    .map(lambda data: data.replace(b"\x00", b"\x01"))
    .filter(lambda data: data[-1] != 0),
    max_size=6,
)
START_CODES = st.sampled_from([b"\x00\x00\x01", b"\x00\x00\x00\x01"])
H264 = {"sps": b"\x67sps", "pps": b"\x68pps", "idr": b"\x65idr", "sei": b"\x06sei", "p": b"\x41p"}
HEVC = {"vps": b"\x40\x01v", "sps": b"\x42\x01s", "pps": b"\x44\x01p", "idr": b"\x26\x01i"}


def annexb(*units):
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


@given(UNITS, START_CODES)
def test_units_come_out_as_they_went_in_whatever_the_start_code(units, code):
    assert list(nal_units(b"".join(code + unit for unit in units))) == units


@given(st.binary(max_size=100))
def test_any_bytes_have_some_units(data):
    for unit in nal_units(data):
        assert unit


def test_kinds_are_read_from_the_header_of_their_codec():
    assert nal_kind(b"\x67", "h264") == 7
    assert nal_kind(b"\x42\x01", "hevc") == 33


def test_the_sets_before_the_first_picture_are_found():
    unit = annexb(H264["sei"], H264["sps"], H264["pps"], H264["idr"], H264["sps"])
    assert parameter_sets(unit, "h264") == annexb(H264["sps"], H264["pps"])
    unit = annexb(HEVC["vps"], HEVC["sps"], HEVC["pps"], HEVC["idr"])
    assert parameter_sets(unit, "hevc") == annexb(HEVC["vps"], HEVC["sps"], HEVC["pps"])


@pytest.mark.parametrize("data", [b"", annexb(H264["idr"]), annexb(H264["p"], H264["sps"])])
def test_where_there_are_none_there_is_nothing(data):
    assert parameter_sets(data, "h264") == b""


def test_the_size_of_pictures_stands_in_their_sets(plain_clip):
    session = open_session(plain_clip)
    keyframe = bytes(next(session.packets()))
    assert picture_size(parameter_sets(keyframe, "h264"), "h264") == (426, 240)
    session.close()


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("sets", [b"", annexb(b"\x67"), annexb(b"\x42\x01garbage"), b"x"])
def test_sets_that_say_no_size_are_no_reason_to_fail(sets, codec):
    assert picture_size(sets, codec) is None
