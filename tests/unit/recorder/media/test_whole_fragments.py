import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.media.whole_fragments import cut_to_whole_fragments, read_fragments
from tests.fakes.packets import fragments_of, sound_fragment

KEPT = {}


@pytest.fixture(scope="module", autouse=True)
def fragments(clip):
    KEPT["fragments"] = fragments_of(clip)[1]
    return KEPT["fragments"]


def joined(fragments):
    return b"".join(fragment.data for fragment in fragments)


@given(st.integers(0, 10**9))
def test_wherever_it_was_torn_the_whole_ones_are_found(at):
    fragments = KEPT["fragments"]
    data = joined(fragments)
    cut = at % (len(data) + 1)
    found = read_fragments(data[:cut])
    assert found == fragments[: len(found)]
    assert len(joined(found)) <= cut
    assert len(found) == len(fragments) or len(joined(fragments[: len(found) + 1])) > cut


@pytest.mark.parametrize("tail", [b"", bytes(4096), b"\x00\x00\x00\x08moof", b"garbage" * 50])
def test_what_a_power_cut_leaves_behind_them_is_cut_off(tmp_path, fragments, tail):
    path = tmp_path / "segment.open"
    path.write_bytes(joined(fragments[:3]) + tail)
    assert cut_to_whole_fragments(path) == len(joined(fragments[:3]))
    assert path.read_bytes() == joined(fragments[:3])


def test_a_file_without_any_holds_nothing(tmp_path):
    path = tmp_path / "segment.open"
    path.write_bytes(bytes(1000))
    assert cut_to_whole_fragments(path) == 0
    assert path.read_bytes() == b""


def test_sound_between_pictures_stays(fragments):
    sound = sound_fragment()
    first, second = fragments[:2]
    found = read_fragments(first.data + sound + second.data + sound)
    assert [one.data for one in found] == [first.data, sound + second.data]
