from base64 import b64encode

import pytest

from core.errors import SettingsError
from recorder.page.guard import pin_in
from recorder.page.listening import Listening, read_listening
from recorder.page.sessions import LIFETIME_S, Sessions


def basic(text):
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "header",
    ["Bearer 123456", "bearer  123456 ", basic("prometheus:123456"), basic(":123456")],
)
def test_a_pin_comes_as_bearer_or_as_password(header):
    assert pin_in(header) == "123456"


@pytest.mark.parametrize("header", ["", "123456", "Digest 123456", "Basic 123456!", "Basic /w=="])
def test_other_headers_hold_no_pin(header):
    assert pin_in(header) is None


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("0.0.0.0:8088", "0.0.0.0", 8088),
        ("[::]:8088", "::", 8088),
        ("[fe80::1]:0", "fe80::1", 0),
        ("station.local:80", "station.local", 80),
    ],
)
def test_an_address_to_listen_on_is_read_and_written_the_same(text, host, port):
    listening = read_listening(text)
    assert listening == Listening(host, port)
    assert str(listening) == text


@pytest.mark.parametrize("text", ["", "8088", ":8088", "host:", "host:65536", "::1:80", "h:-1"])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(SettingsError, match="host:port"):
        read_listening(text)


def test_a_session_opens_until_its_day_is_over():
    sessions = Sessions()
    key = sessions.open(100.0)
    assert sessions.is_open(key, 100.0 + LIFETIME_S - 1)
    assert not sessions.is_open(key, 100.0 + LIFETIME_S)
    assert not sessions.is_open("", 100.0)
    assert not sessions.is_open(key + "x", 100.0)


def test_of_too_many_sessions_the_oldest_ends():
    sessions = Sessions()
    keys = [sessions.open(float(n)) for n in range(65)]
    assert not sessions.is_open(keys[0], 65.0)
    assert all(sessions.is_open(key, 65.0) for key in keys[1:])
