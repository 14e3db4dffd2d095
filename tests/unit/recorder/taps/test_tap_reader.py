"""Pictures from a keyframe on, and the same again for who comes later."""

import pytest

from recorder.taps import reader as tap_reader
from recorder.taps.board import TapBoard
from recorder.taps.reader import TapReader
from tests.unit.recorder.taps.test_tap import unit


@pytest.fixture
def board():
    return TapBoard()


@pytest.fixture
async def reader(board):
    class Camera:
        def tap(self, *, capacity, wake, is_keyframes_only=False):
            return board.add(capacity=capacity, wake=wake, is_keyframes_only=is_keyframes_only)

    opened = TapReader(Camera())
    yield opened
    opened.close()


def push(board, numbers, keyframes):
    for number in numbers:
        board.push(unit(number, is_keyframe=number in keyframes))


async def taken(reader, count):
    return [(await reader.next()).number for _ in range(count)]


async def test_reading_begins_at_a_keyframe_and_after_a_hole_at_the_next(board, reader):
    push(board, [0, 1, 2, 3, 5, 6, 7], keyframes={1, 6})
    assert await taken(reader, 5) == [1, 2, 3, 6, 7]
    assert reader.skipped_total == 2


async def test_who_goes_back_gets_the_last_keyframe_and_all_since(board, reader):
    push(board, range(6), keyframes={0, 3})
    await taken(reader, 5)
    push(board, [6], keyframes={})
    reader.rewind()
    assert reader.is_past
    assert await taken(reader, 2) == [3, 4]
    assert not reader.is_past
    assert await taken(reader, 2) == [5, 6]


async def test_going_back_before_anything_came_changes_nothing(board, reader):
    reader.rewind()
    push(board, [0], keyframes={0})
    assert await taken(reader, 1) == [0]


async def test_a_gop_without_end_is_not_kept(board, reader, monkeypatch):
    monkeypatch.setattr(tap_reader, "_AGAIN_MAX", 3)
    push(board, range(6), keyframes={0})
    await taken(reader, 6)
    reader.rewind()
    assert not reader.is_past
