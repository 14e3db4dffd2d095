import threading
from uuid import uuid4

from core.footage import GapCause
from recorder.capture.inbox import MAX_MESSAGES, Blamed, FragmentCame, Inbox, RunEnded
from recorder.clock_state import ClockState
from recorder.media.boxes import Fragment
from tests.fakes.journal import MORNING

BLAME = Blamed(cause=GapCause.CAMERA_SILENT)


def came(size_bytes=10):
    fragment = Fragment(
        data=bytes(size_bytes), base_time=0, duration=1, sample_count=25, is_sync=True
    )
    return FragmentCame(run_id=uuid4(), fragment=fragment, start_utc=MORNING, clock=ClockState())


def test_messages_come_out_in_order():
    inbox, messages = Inbox(), [came(), BLAME, came()]
    assert all(inbox.put(message) for message in messages)
    assert [inbox.take(0) for _ in messages] == messages
    assert inbox.take(0) is None


def test_a_slow_disk_costs_the_newest_fragments_and_they_are_counted():
    inbox = Inbox(max_bytes=100)
    first, second = came(60), came(60)
    assert inbox.put(first)
    assert not inbox.put(second)
    assert inbox.dropped_pictures_total == 25
    assert inbox.put(BLAME)
    assert inbox.take(0) == first
    assert inbox.put(second)


def test_nothing_grows_without_bound():
    inbox = Inbox()
    for _ in range(3 * MAX_MESSAGES):
        inbox.put(came())
    for _ in range(3 * MAX_MESSAGES):
        inbox.put(RunEnded(cause=None))
    taken = 0
    while inbox.take(0) is not None:
        taken += 1
    assert taken == 2 * MAX_MESSAGES
    assert inbox.dropped_pictures_total == 2 * MAX_MESSAGES * 25


def test_after_the_end_what_is_inside_can_be_taken_and_nothing_put():
    inbox = Inbox()
    inbox.put(BLAME)
    inbox.close()
    inbox.close()
    assert not inbox.put(BLAME)
    assert not inbox.is_done
    assert inbox.take(60) == BLAME
    assert inbox.take(60) is None
    assert inbox.is_done


def test_who_waits_is_woken():
    inbox, taken = Inbox(), []
    waiter = threading.Thread(target=lambda: taken.append(inbox.take(60)))
    waiter.start()
    inbox.put(BLAME)
    waiter.join(30)
    assert taken == [BLAME]
