"""How the station listens for a knock."""

from random import Random

import pytest

from recorder.centre.errors import CentreUnreachableError
from recorder.centre.knocks import Knocks
from tests.fakes.clock import FakeClock


class Centre:
    """Answers as it is told, after so many seconds."""

    def __init__(self, clock):
        self.clock, self.answers = clock, []

    async def wait_knock(self):
        answer, seconds = self.answers.pop(0)
        self.clock.advance(seconds)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def parts():
    clock, heard = FakeClock(), []
    centre = Centre(clock)
    knocks = Knocks(centre, lambda: True, lambda: heard.append(1), clock, Random(1))
    return centre, knocks, heard


async def test_a_knock_is_passed_on_and_the_next_one_listened_for_soon(parts):
    centre, knocks, heard = parts
    centre.answers = [(True, 0.0), (True, 20.0)]
    assert await knocks._listen() == 1.0
    assert await knocks._listen() == 0.0
    assert len(heard) == 2


async def test_a_quiet_time_is_followed_by_the_next_question_at_once(parts):
    centre, knocks, heard = parts
    centre.answers = [(False, 25.0)]
    assert await knocks._listen() == 0.0
    assert heard == []


async def test_a_centre_that_lets_nobody_wait_is_not_asked_all_the_time(parts):
    centre, knocks, _ = parts
    centre.answers = [(False, 0.0)]
    assert await knocks._listen() == 5.0


async def test_a_centre_that_does_not_answer_is_asked_ever_more_rarely(parts):
    centre, knocks, _ = parts
    centre.answers = [(CentreUnreachableError("away"), 1.0)] * 12
    delays = [await knocks._listen() for _ in range(12)]
    assert delays[0] <= 5 < delays[3] < delays[-1] <= 300
