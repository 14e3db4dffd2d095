"""When a streamer that has gone quiet is asked whether it still has the session."""

from recorder.live.session_watch import Silence


def asked(newest_reports):
    silence = Silence()
    return [n for n, newest in enumerate(newest_reports) if silence.is_to_ask(newest)]


def test_a_streamer_that_reports_is_never_asked():
    assert asked([1, 1, 2, 2, 3, 3, 3, 3, 4, 4]) == []


def test_silence_asks_and_asks_again():
    assert asked([1] * 14) == [4, 8, 12]


def test_a_report_begins_the_silence_anew():
    assert asked([1, 1, 1, 1, 2, 2, 2, 2, 2]) == [8]


def test_a_streamer_that_never_reported_is_not_asked():
    assert asked([None] * 20) == []
