"""Six hours in simulated time: clocks that drift, networks that are late.

The decisions of the record path together, as the capture thread runs them, picture by picture.
"""

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

from recorder.capture.timeline import Instant, Timeline
from recorder.disk.segmenter import Cut, Segmenter
from recorder.media.boxes import Fragment
from recorder.media.timestamps import Order, Timestamps

DAY_S = 6 * 3600
FPS, GOP_S = 1, 2
TICKS = 90000
WALL_S = 1_790_000_000.0
SEAM_S = 0.05
"""What coverage takes for no hole between neighbours; see docs/design/coverage.md."""


class Day:
    """One camera whose clock is off by some parts in a million, behind a network."""

    def __init__(self, drift_ppm, jitter_s, segment_s):
        self.random = Random(drift_ppm)
        self.rate = 1 + drift_ppm * 1e-6
        self.jitter_s = jitter_s
        self.timestamps = Timestamps(
            time_base=Fraction(1, TICKS), frame_ticks=TICKS // FPS, order=Order(0, is_stated=False)
        )
        self.timeline = Timeline()
        self.segmenter = Segmenter(timescale=TICKS, target_s=segment_s)
        self.starts = []
        """Of each segment: true time, time as stated, media time."""

    def run(self):
        for second in range(DAY_S):
            self._one_second(second)
        return self

    def _one_second(self, second):
        stamps, late_s = [], 0.0
        for n in range(FPS):
            media = round((second + n / FPS) * TICKS)
            true_s = (second + n / FPS) / self.rate
            late_s = min(3.0, self.random.expovariate(1 / self.jitter_s))
            stamp = self.timestamps.stamp(media, None)
            self.timeline.arrived(stamp.dts / TICKS, true_s + late_s)
            stamps.append(stamp)
        now = Instant(true_s + late_s, WALL_S + true_s + late_s)
        fragment = Fragment(
            data=b"",
            base_time=stamps[0].dts,
            duration=TICKS,
            sample_count=FPS,
            is_sync=second % GOP_S == 0,
        )
        start_s = self.timeline.start_of(stamps[0].dts / TICKS, now).timestamp() - WALL_S
        if self.segmenter.cut_before(fragment) is not Cut.NONE:
            self.starts.append((second / self.rate, start_s, float(second)))


@pytest.fixture(scope="module", params=[(-80, 0.02), (120, 0.3)], ids=["slow", "fast and late"])
def day(request):
    drift_ppm, jitter_s = request.param
    return Day(drift_ppm, jitter_s, segment_s=60.0).run()


def test_no_picture_needs_a_repair_and_no_run_ends(day):
    assert day.timestamps.repaired_total == 0
    assert not day.timeline.is_clock_stepped
    assert not day.timeline.is_media_clock_lost
    assert len(day.starts) == DAY_S / 60


def test_every_segment_of_the_day_is_stated_within_a_quarter_of_a_second_of_the_truth(day):
    assert max(abs(stated_s - true_s) for true_s, stated_s, _ in day.starts) < 0.25


def test_neighbours_touch_by_what_coverage_takes_for_no_hole(day):
    for (_, start_s, media_s), (_, next_s, next_media_s) in pairwise(day.starts):
        assert abs(start_s + next_media_s - media_s - next_s) < SEAM_S
