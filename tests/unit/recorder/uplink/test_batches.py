from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core.wire.upload import ChainHead, ObjectKind
from recorder.stock.stocked import StockedObject, UnsentLine
from recorder.uplink.batches import MAX_OBJECTS, Throughput, next_batch, stuck_chains
from tests.fakes.journal import MORNING

CAMERA, OTHER, EPOCH = UUID(int=1), UUID(int=2), UUID(int=3)


def stocked(size_bytes: int) -> StockedObject:
    return StockedObject(
        kind=ObjectKind.SEGMENT,
        camera_id=CAMERA,
        object_id=uuid4(),
        path=Path("x"),
        sha256="0" * 64,
        size_bytes=size_bytes,
        start_utc=MORNING,
        media_duration=timedelta(seconds=10),
    )


def test_a_batch_takes_what_the_link_carries_in_a_quarter_of_a_minute():
    wanted = [stocked(1_000_000) for _ in range(9)]
    assert next_batch(wanted, 250_000.0) == wanted[:3]


def test_a_batch_has_one_object_however_slow_the_link():
    wanted = [stocked(10**8), stocked(10)]
    assert next_batch(wanted, 10.0) == wanted[:1]


def test_a_batch_is_bounded_however_fast_the_link():
    wanted = [stocked(10) for _ in range(MAX_OBJECTS + 5)]
    assert next_batch(wanted, 1e9) == wanted[:MAX_OBJECTS]


def test_of_nothing_there_is_no_batch():
    assert list(next_batch([], 1e9)) == []


def test_throughput_follows_what_uploads_took():
    throughput = Throughput()
    for _ in range(40):
        throughput.note(2_000_000, 1.0)
    assert throughput.bytes_per_s == pytest.approx(2_000_000, rel=0.01)


def test_a_tiny_upload_says_little_about_the_link():
    throughput = Throughput()
    before = throughput.bytes_per_s
    throughput.note(100, 0.3)
    throughput.note(100, 0.0)
    assert throughput.bytes_per_s == pytest.approx(before, rel=0.01)


def line(seq: int, camera_id: UUID = CAMERA) -> UnsentLine:
    return UnsentLine(camera_id=camera_id, epoch=EPOCH, seq=seq, line="x")


def head(seq: int, camera_id: UUID = CAMERA) -> ChainHead:
    return ChainHead(camera_id=camera_id, epoch=EPOCH, seq=seq)


@pytest.mark.parametrize(
    ("heads", "before", "is_stuck"),
    [
        ([head(5)], {}, False),
        ([head(9)], {(CAMERA, EPOCH): 9}, False),
        ([head(4)], {(CAMERA, EPOCH): 3}, False),
        ([head(3)], {(CAMERA, EPOCH): 3}, True),
        ([head(1)], {(CAMERA, EPOCH): 3}, False),
        ([head(1)], {(CAMERA, EPOCH): 1}, True),
        ([], {}, True),
    ],
    ids=["all", "more", "part", "none", "centre-forgot", "still-forgot", "no-such-chain"],
)
def test_a_chain_is_stuck_when_a_request_changed_nothing(heads, before, is_stuck):
    stuck = stuck_chains([line(4), line(5)], heads, before)
    assert stuck == ({(CAMERA, EPOCH)} if is_stuck else set())


def test_a_stuck_chain_does_not_make_another_one_stuck():
    stuck = stuck_chains([line(4), line(0, OTHER)], [head(3), head(0, OTHER)], {(CAMERA, EPOCH): 3})
    assert stuck == {(CAMERA, EPOCH)}
