"""Real encoded pictures, made once: what decides about bytes is tried on bytes of an encoder."""

import pytest

from tests.fakes.packets import encode_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """6 s of H.264 at 10 pictures a second, a keyframe each second, two B-frames in a row."""
    return encode_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="session")
def plain_clip(tmp_path_factory):
    """The same without B-frames, as most cameras send it, and of another size."""
    path = tmp_path_factory.mktemp("clip") / "plain.mp4"
    return encode_clip(path, size="426x240", bframes=0)


@pytest.fixture(scope="session")
def sound_clip(tmp_path_factory):
    """The plain one with AAC."""
    path = tmp_path_factory.mktemp("clip") / "sound.mp4"
    return encode_clip(path, bframes=0, has_sound=True)
