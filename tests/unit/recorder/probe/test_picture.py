"""The word for a picture, from figures as they were measured; see recorder/probe/picture.py."""

import pytest

from core.wire.heartbeat import Picture
from recorder.probe.picture import FROZEN_AFTER_S, Measured, PictureJudge

GOOD = {"luma": 213.0, "detail": 0.71, "change": 0.8}
LENS_CAP = {"luma": 20.0, "detail": 0.0, "change": 0.9}
HAND = {"luma": 84.0, "detail": 0.0, "change": 0.9}
HAND_WITH_CLOCK = {"luma": 84.0, "detail": 0.104, "change": 0.9}
LENS_CAP_WITH_CLOCK = {"luma": 24.0, "detail": 0.104, "change": 0.9}
EVENING = {"luma": 53.0, "detail": 0.32, "change": 0.9}
SAME = {"luma": 213.0, "detail": 0.71, "change": 0.0}
SAME_WITH_CLOCK = {"luma": 213.0, "detail": 0.71, "change": 0.011}
STILL_ROOM = {"luma": 213.0, "detail": 0.71, "change": 0.67}
SIMULATED = {"luma": 210.0, "detail": 0.86, "change": 0.14}


def judged(*figures, every_s=2.0):
    judge = PictureJudge()
    return [judge.judge(Measured(**one, at_s=at * every_s)).value for at, one in enumerate(figures)]


@pytest.mark.parametrize("figures", [GOOD, EVENING, STILL_ROOM, SIMULATED])
def test_a_picture_that_shows_something_is_ok_from_its_first_keyframe_on(figures):
    assert judged({**figures, "change": None}, *[figures] * 9) == ["ok"] * 10


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        (HAND, "covered"),
        (HAND_WITH_CLOCK, "covered"),
        (LENS_CAP, "dark"),
        (LENS_CAP_WITH_CLOCK, "dark"),
    ],
)
def test_trouble_is_named_by_the_second_keyframe_that_shows_it(figures, word):
    assert judged(GOOD, figures, figures, figures) == ["ok", "ok", word, word]


def test_one_keyframe_alone_changes_nothing():
    assert set(judged(GOOD, HAND, GOOD, LENS_CAP, GOOD, HAND, LENS_CAP, GOOD)) == {"ok"}


def test_it_is_ok_again_by_the_second_good_keyframe():
    assert judged(HAND, HAND, GOOD, HAND, GOOD, GOOD) == [
        "unknown", "covered", "covered", "covered", "covered", "ok"
    ]  # fmt: skip


def test_nothing_bad_is_said_of_a_camera_by_its_first_keyframe():
    assert judged(LENS_CAP) == [Picture.UNKNOWN]


@pytest.mark.parametrize("figures", [SAME, SAME_WITH_CLOCK])
def test_the_same_picture_for_ten_seconds_is_frozen(figures):
    words = judged(GOOD, *[figures] * 7)
    assert words == ["ok"] * 6 + ["frozen"] * 2
    assert (words.index("frozen") - 1) * 2.0 >= FROZEN_AFTER_S


def test_a_camera_with_many_keyframes_may_send_the_same_picture_for_a_moment():
    assert set(judged(GOOD, *[SAME] * 9, every_s=1.0)) == {"ok"}


def test_a_camera_with_few_keyframes_needs_three_of_them():
    assert judged(GOOD, SAME, SAME, SAME, SAME, every_s=30.0) == ["ok"] * 4 + ["frozen"]


def test_a_picture_that_moves_again_is_no_longer_frozen():
    assert judged(GOOD, *[SAME] * 8, GOOD, GOOD)[-3:] == ["frozen", "frozen", "ok"]


def test_a_keyframe_that_cannot_be_compared_begins_the_count_anew():
    other_size = {**SAME, "change": None}
    assert set(judged(GOOD, *[SAME] * 4, other_size, *[SAME] * 4)) == {"ok"}


def test_darkness_that_never_changes_is_darkness():
    assert judged(*[{**LENS_CAP, "change": 0.0}] * 12)[-1] == "dark"
