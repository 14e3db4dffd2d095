"""Figures of pictures drawn here; those of real footage stand in recorder/probe/picture.py."""

import cv2
import numpy as np
import pytest

from recorder.probe.picture import COVERED_BELOW_DETAIL, DARK_BELOW_LUMA, FROZEN_BELOW_CHANGE
from recorder.probe.picture_figures import PictureFigures

HEIGHT, WIDTH = 432, 768


def noise(sigma, seed=1):
    return np.random.default_rng(seed).normal(0, sigma, (HEIGHT, WIDTH))


def as_luma(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def hall():
    """A room with tables, from above: flat parts and edges."""
    picture = np.full((HEIGHT, WIDTH), 170, np.uint8)
    for x in range(40, WIDTH, 120):
        for y in range(40, HEIGHT, 100):
            cv2.rectangle(picture, (x, y), (x + 70, y + 50), 70, -1)
    return picture


def with_clock(picture, text="2026-11-25 14:03:22 UTC"):
    written = picture.copy()
    for place, words in (((12, 34), text), ((430, 420), "STATION 1042 CAM 1")):
        cv2.putText(written, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    return written


def hand():
    return as_luma(np.linspace(35, 90, HEIGHT)[:, None] + noise(3))


def measured(*pictures):
    figures = PictureFigures()
    return [figures.measure(picture, 0.0) for picture in pictures][-1]


def test_a_room_has_detail_and_light():
    figures = measured(as_luma(hall() + noise(2)))
    assert figures.detail > 3 * COVERED_BELOW_DETAIL
    assert figures.luma > 3 * DARK_BELOW_LUMA


@pytest.mark.parametrize("picture", [hand(), with_clock(hand())])
def test_a_hand_before_the_lens_has_light_and_no_detail(picture):
    figures = measured(picture)
    assert figures.detail < COVERED_BELOW_DETAIL
    assert figures.luma > DARK_BELOW_LUMA


@pytest.mark.parametrize("write", [lambda picture: picture, with_clock])
def test_a_lens_cap_is_dark_in_spite_of_noise_and_a_written_clock(write):
    assert measured(write(as_luma(16 + noise(4)))).luma < DARK_BELOW_LUMA


def test_a_room_out_of_all_focus_has_no_detail():
    assert measured(cv2.GaussianBlur(hall(), (0, 0), 40)).detail < COVERED_BELOW_DETAIL


def test_the_first_picture_has_nothing_to_be_compared_with():
    assert measured(hall()).change is None


def test_a_picture_of_another_size_is_not_compared():
    assert measured(hall(), hall()[:360, :640]).change is None


def test_the_same_picture_has_not_changed():
    assert measured(hall(), hall()).change == 0.0


def test_a_running_clock_alone_is_no_change():
    before, after = with_clock(hall()), with_clock(hall(), "2026-11-25 14:03:24 UTC")
    assert 0.0 < measured(before, after).change < FROZEN_BELOW_CHANGE


def test_the_noise_of_a_sensor_is_a_change():
    still_room = [as_luma(hall() + noise(1.0, seed)) for seed in (1, 2)]
    assert measured(*still_room).change > 0.9


def test_of_a_large_picture_some_squares_are_compared_and_a_change_is_seen():
    large = cv2.resize(hall(), (3840, 2160))
    figures = PictureFigures()
    figures.measure(large, 0.0)
    assert figures._before.nbytes <= 1024 * 256
    assert figures.measure(255 - large, 0.0).change == 1.0


@pytest.mark.parametrize("size", [(16, 16), (17, 40), (2160, 3840)])
def test_any_size_can_be_measured(size):
    figures = PictureFigures()
    figures.measure(np.zeros(size, np.uint8), 0.0)
    assert figures.measure(np.zeros(size, np.uint8), 0.0).change == 0.0
