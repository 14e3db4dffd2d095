import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import BoxError
from recorder.media.init_boxes import read_init
from tests.fakes.packets import FFMPEG, box, fragments_of

INIT = {}


@pytest.fixture(scope="module", autouse=True)
def init(plain_clip):
    INIT["data"] = fragments_of(plain_clip)[0].data
    return INIT["data"]


def test_codec_size_and_ticks_are_read(init):
    facts = read_init(init)
    assert facts.codec.startswith("avc1.64")
    assert (facts.width, facts.height) == (426, 240)
    assert facts.timescale == 10240


def test_sound_is_named_behind_the_picture(sound_clip):
    init, _ = fragments_of(sound_clip, wants_sound=True)
    assert read_init(init.data).codec.endswith(",mp4a.40.2")


def test_h265_is_named_with_profile_tier_and_level(tmp_path):
    path = tmp_path / "hevc.mp4"
    scene = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=1"]
    flags = ["-tag:v", "hvc1", "-movflags", "empty_moov+frag_keyframe"]
    coded = ["-c:v", "libx265", "-x265-params", "log-level=none", *flags]
    command = [FFMPEG, "-v", "error", *scene, *coded, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    data = path.read_bytes()
    facts = read_init(data[: data.index(b"moof") - 4])
    assert facts.codec == "hvc1.1.6.L60.90"


@given(cut=st.integers(0, 2000))
def test_an_init_that_is_cut_short_is_refused_by_name(cut):
    data = INIT["data"][: cut % (len(INIT["data"]) - 200)]
    with pytest.raises(BoxError):
        read_init(data)


@given(at=st.integers(0, 2000), value=st.integers(0, 255))
def test_a_damaged_init_is_read_or_refused_by_name(at, value):
    data = bytearray(INIT["data"])
    data[at % len(data)] = value
    try:
        read_init(bytes(data))
    except BoxError:
        return


@pytest.mark.parametrize("kind", [b"avc1", b"avcC", b"mdhd", b"trak", b"stsd", b"moov"])
def test_an_init_that_lacks_a_part_is_refused_by_name(init, kind):
    with pytest.raises(BoxError):
        read_init(init.replace(kind, b"xxxx"))


@pytest.mark.parametrize("mdhd", [b"", bytes(4), bytes(30)])
@pytest.mark.parametrize("stsd", [b"", bytes(8), bytes(8) + box(b"avc1"), bytes(8) + box(b"hvc1")])
def test_parts_that_are_too_short_are_refused_by_name(mdhd, stsd):
    stbl = box(b"minf", box(b"stbl", box(b"stsd", stsd)))
    with pytest.raises(BoxError):
        read_init(box(b"moov", box(b"trak", box(b"mdia", box(b"mdhd", mdhd) + stbl))))
