import threading

import pytest

from core.clock import SystemClock
from recorder.disk.question import DiskQuestion

WITHIN_S = 10.0


class Disk:
    def __init__(self):
        self.asked, self.failure, self.hears = 0, None, threading.Event()
        self.hears.set()

    def ask(self):
        self.asked += 1
        assert self.hears.wait(WITHIN_S)
        if self.failure:
            raise self.failure
        return self.asked


@pytest.fixture
def disk():
    disk = Disk()
    yield disk
    disk.hears.set()


@pytest.fixture
def question(disk):
    return DiskQuestion(disk.ask, SystemClock())


def test_each_question_is_put_anew(question):
    assert [question.answer(WITHIN_S) for _ in range(3)] == [1, 2, 3]


def test_a_disk_that_hangs_is_asked_once_and_heard_when_it_answers(question, disk):
    disk.hears.clear()
    assert [question.answer(0.01) for _ in range(20)] == [None] * 20
    disk.hears.set()
    assert question.answer(WITHIN_S) in (1, 2)
    assert disk.asked <= 2


def test_what_goes_wrong_is_raised_where_it_was_asked_for(question, disk):
    disk.failure = OSError("gone")
    with pytest.raises(OSError, match="gone"):
        question.answer(WITHIN_S)
    disk.failure = None
    assert question.answer(WITHIN_S) == 2
