from random import Random

import pytest

from recorder.capture.keyframe_check import decodes_alone
from recorder.media.parameter_sets import nal_kind, nal_units, parameter_sets
from tests.fakes.packets import open_session

START = b"\x00\x00\x00\x01"


@pytest.fixture(scope="module")
def pictures(clip):
    session = open_session(clip)
    found = [(bytes(packet), packet.is_keyframe) for packet in session.packets() if packet.size]
    session.close()
    return found


@pytest.fixture(scope="module")
def sets(pictures):
    return parameter_sets(pictures[0][0], "h264")


def test_every_keyframe_of_a_real_encoder_decodes_by_itself(pictures, sets):
    keyframes = [data for data, is_keyframe in pictures if is_keyframe]
    assert len(keyframes) == 6
    assert all(decodes_alone(data, sets, "h264") for data in keyframes)


def test_no_other_picture_does(pictures, sets):
    others = [data for data, is_keyframe in pictures if not is_keyframe]
    assert not any(decodes_alone(data, sets, "h264") for data in others[:12])


def test_a_keyframe_that_was_cut_does_not(pictures, sets):
    keyframe = pictures[0][0]
    assert not decodes_alone(keyframe[: len(keyframe) // 2], sets, "h264")


def test_noise_with_a_keyframes_header_does_not(sets):
    random = Random(1)
    noise = [START + b"\x65" + random.randbytes(random.randint(1, 600)) for _ in range(300)]
    assert not any(decodes_alone(data, sets, "h264") for data in noise)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("data", [b"", b"x", START])
def test_nothing_at_all_does_not(data, codec):
    assert not decodes_alone(data, b"", codec)


def test_a_keyframe_without_its_sets_does_not(pictures):
    units = nal_units(pictures[0][0])
    bare = b"".join(START + unit for unit in units if nal_kind(unit, "h264") == 5)
    assert not decodes_alone(bare, b"", "h264")
