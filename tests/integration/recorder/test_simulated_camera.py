"""The real child of a `test:` address, read as the agent reads it."""

import itertools
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import av
import psutil
import pytest

from core.clock import SystemClock
from recorder.sources.address import read_address
from recorder.sources.opening import open_source
from tests.parts.burnt_in import from_picture
from tests.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).parents[3]
READER = """
import sys, threading
from core.clock import SystemClock
from recorder.sources.address import read_address
from recorder.sources.opening import open_source
session = open_source(read_address("test:1042/1"), SystemClock(), threading.Event())
for packet in session.packets():
    print(session._child.process.pid, flush=True)
"""


def watched(address: str, pictures: int) -> list[tuple[av.Packet, object, av.VideoFrame]]:
    """Packets with the wall clock at their arrival and their pictures."""
    clock = SystemClock()
    session = open_source(read_address(address), clock, threading.Event())
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = session.extradata
    seen = []
    try:
        for packet in itertools.islice(session.packets(), pictures):
            arrived_utc = clock.utc()
            seen += [(packet, arrived_utc, frame) for frame in decoder.decode(packet)]
    finally:
        session.close()
    return seen


@pytest.fixture(scope="module")
def seen():
    return watched("test:УИК 1042/камера 1?size=640x360&fps=15&gop=15&kbps=400", 75)


def test_every_picture_says_its_number_and_none_is_missing(seen):
    read = [from_picture(frame.to_ndarray(format="gray")) for *_, frame in seen]
    assert [r.counter for r in read] == list(range(len(seen)))
    assert len(seen) >= 74


def test_the_burnt_in_time_is_that_of_encoding(seen):
    read = [from_picture(frame.to_ndarray(format="gray")).time_utc for *_, frame in seen]
    delays = [arrived - burnt for (_, arrived, _), burnt in zip(seen, read, strict=True)]
    assert min(delays) >= timedelta(milliseconds=-1)
    # One at least comes before the next is made: how long others wait is the machine's matter.
    assert any(arrived < after for (_, arrived, _), after in zip(seen, read[1:], strict=False))


def test_time_goes_on_by_a_frame_for_each_picture(seen):
    """Unless the machine holds the camera up: then it leaves some out, as its clock says."""
    times = [from_picture(frame.to_ndarray(format="gray")).time_utc for *_, frame in seen]
    due = [15 * (time - times[0]).total_seconds() for time in times]
    first = seen[0][0]
    numbers = [round((p.pts - first.pts) * p.time_base * 15) for p, *_ in seen]
    for (before, number), now_due in zip(itertools.pairwise(numbers), due[1:], strict=True):
        assert number > before
        assert number == before + 1 or now_due - before > 14
        assert number == pytest.approx(now_due, abs=16)


def test_it_is_what_cameras_send(seen):
    assert [at for at, (packet, *_) in enumerate(seen) if packet.is_keyframe] == [
        *range(0, len(seen), 15)
    ]
    assert all(packet.dts in (None, packet.pts) for packet, *_ in seen)
    size = sum(packet.size for packet, *_ in seen) * 8 / len(seen) * 15
    assert 100_000 < size < 800_000


def test_the_scene_moves(seen):
    first, later = (seen[at][2].to_ndarray(format="gray").astype(int) for at in (15, 60))
    walked = abs(first - later)[60:320]
    assert (walked > 40).mean() > 0.005


def test_a_small_picture_can_be_read_too():
    seen = watched("test:x?size=320x180&fps=10&kbps=150", 12)
    read = [from_picture(frame.to_ndarray(format="gray")) for *_, frame in seen]
    assert [r.counter for r in read] == list(range(len(seen)))


def test_a_picture_is_read_at_another_size_as_on_a_screen(seen):
    frame = seen[20][2].reformat(width=913, height=514, format="rgb24")
    assert from_picture(frame.to_ndarray()).counter == 20


def test_rows_that_something_covers_are_not_believed(seen):
    picture = seen[20][2].to_ndarray(format="gray").copy()
    picture[330:360, 300:330] = 255
    assert from_picture(picture) is None


def test_a_picture_of_anything_else_is_not_read(seen):
    assert from_picture(seen[20][2].to_ndarray(format="gray")[:300]) is None


def test_the_child_ends_when_its_reader_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", READER], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as reader:
        child = psutil.Process(int(reader.stdout.readline()))
        reader.kill()
        gone = "the child of a killed agent is gone"
        wait_until(lambda: not is_alive(child), within_s=PATIENCE_S, what=gone)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
