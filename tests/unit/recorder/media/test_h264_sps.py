import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.media.h264_sps import read_sps
from recorder.media.parameter_sets import nal_units
from tests.fakes.packets import FFMPEG

SPS = bytes.fromhex("6742c00dda0507ec05a8303035280000030008000003019478a155")


def encoded_sps(tmp_path, *options, size="320x240"):
    path = tmp_path / "film.h264"
    scene = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=10:duration=0.5"]
    command = [FFMPEG, "-v", "error", *scene, "-c:v", "libx264", *options, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return next(unit for unit in nal_units(path.read_bytes()) if unit[0] & 0x1F == 7)


def main_profile(width_in_blocks, height_in_blocks, vui):
    numbers = [0, 0, 0, 0, 4]  # id, frame number and order count, their kinds, reference pictures
    text = "".join(map(exp_golomb, numbers)) + "0"
    text += exp_golomb(width_in_blocks - 1) + exp_golomb(height_in_blocks - 1) + "110" + vui + "1"
    text += "0" * (-len(text) % 8)
    return bytes([0x67, 77, 0, 30]) + int(text, 2).to_bytes(len(text) // 8, "big")


def exp_golomb(number):
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


@pytest.mark.parametrize(
    ("options", "size", "depth"),
    [
        (["-profile:v", "baseline", "-pix_fmt", "yuv420p"], "320x240", 0),
        (["-bf", "0", "-pix_fmt", "yuv420p"], "426x238", 0),
        (["-bf", "2", "-x264-params", "b-pyramid=none", "-pix_fmt", "yuv420p"], "1920x1080", 1),
        (["-bf", "3", "-pix_fmt", "yuv444p"], "322x242", 2),
        (["-flags", "+ildct", "-x264-params", "tff=1", "-pix_fmt", "yuv420p"], "720x576", 2),
        (["-x264-params", "cqm=jvt:nal-hrd=cbr:vbv-maxrate=500:vbv-bufsize=500"], "320x240", 2),
    ],
)
def test_size_and_order_are_read_of_whatever_x264_makes(tmp_path, options, size, depth):
    sps = read_sps(encoded_sps(tmp_path, *options, size=size))
    assert f"{sps.width}x{sps.height}" == size
    assert sps.reorder_depth == depth


def test_a_camera_that_says_nothing_of_order_leaves_it_open():
    sps = read_sps(main_profile(40, 30, vui="0"))
    assert (sps.width, sps.height, sps.reorder_depth) == (640, 480, None)


def test_one_that_says_nothing_else_may_say_it():
    restriction = "".join(map(exp_golomb, [0, 0, 10, 10, 1, 4]))
    sps = read_sps(main_profile(40, 30, vui="1" + 8 * "0" + "11" + restriction))
    assert (sps.width, sps.height, sps.reorder_depth) == (640, 480, 1)


@pytest.mark.parametrize("unit", [b"", b"\x67", b"\x68\x42\xc0\x0d", SPS[:6]])
def test_what_is_no_parameter_set_is_refused(unit):
    with pytest.raises(ValueError, match="parameter set"):
        read_sps(unit)


@given(at=st.integers(1, len(SPS) - 1), value=st.integers(0, 255), cut=st.integers(1, len(SPS)))
def test_a_damaged_set_is_read_or_refused_by_name(at, value, cut):
    data = bytearray(SPS)
    data[at] = value
    try:
        read_sps(bytes(data[:cut]))
    except ValueError:
        return


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_name(data):
    try:
        read_sps(b"\x67" + data)
    except ValueError:
        return
