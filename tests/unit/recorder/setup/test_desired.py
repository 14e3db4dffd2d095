from uuid import uuid4

from core.station import LiveMode, StationMode
from core.wire.heartbeat import DesiredConfig
from recorder.heartbeat import fresh_looks
from recorder.setup.desired import Desired

FIRST = DesiredConfig(mode=StationMode.ONLINE, live=LiveMode.ALWAYS, segment_target_s=10)
LATER = DesiredConfig(mode=StationMode.RECORDING_ONLY, live=LiveMode.NEVER, segment_target_s=60)


def test_what_the_centre_wanted_last_outlives_a_restart_without_a_link(tmp_path):
    assert Desired(tmp_path, FIRST).take(LATER)
    assert Desired(tmp_path, FIRST).config == LATER


def test_the_same_wish_again_is_nothing_new(tmp_path):
    assert not Desired(tmp_path, FIRST).take(FIRST)


def test_a_damaged_note_is_as_good_as_none(tmp_path):
    Desired(tmp_path, FIRST).take(LATER)
    next(tmp_path.iterdir()).write_text("{")
    assert Desired(tmp_path, FIRST).config == FIRST


def test_a_disk_that_takes_no_note_changes_nothing_else(tmp_path):
    desired = Desired(tmp_path / "gone", FIRST)
    assert desired.take(LATER)
    assert desired.config == LATER


def test_a_still_the_centre_has_is_not_sent_again():
    class Look:
        taken_monotonic_s = 5.0

    camera_id, other_id = uuid4(), uuid4()
    looks = {camera_id: Look(), other_id: None}
    assert fresh_looks(looks, {}) == {camera_id: looks[camera_id]}
    assert fresh_looks(looks, {camera_id: 5.0}) == {}
