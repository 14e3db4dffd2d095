import threading

from structlog.testing import capture_logs

from recorder.lasting_thread import lasting_thread


def test_work_that_fails_is_logged_and_begun_anew(monkeypatch):
    monkeypatch.setattr("core.backoff.Backoff.delay_s", lambda *_: 0.0)
    tries = []

    def work():
        tries.append(threading.current_thread().name)
        if len(tries) < 3:
            raise ZeroDivisionError("a defect")

    with capture_logs() as logs:
        thread = lasting_thread("worker", work, threading.Event())
        thread.start()
        thread.join(30)
    assert tries == ["worker"] * 3
    assert [log["event"] for log in logs] == ["thread.failed"] * 2


def test_work_that_fails_while_all_stops_is_left():
    stopping, tries = threading.Event(), []
    stopping.set()

    def work():
        tries.append(1)
        raise ZeroDivisionError("a defect")

    with capture_logs():
        thread = lasting_thread("worker", work, stopping)
        thread.start()
        thread.join(30)
    assert tries == [1]
