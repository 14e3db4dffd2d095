"""How the streamer is reached: what its settings take, and what they refuse."""

import base64
from uuid import UUID

import pytest

from core.errors import SettingsError
from streamer.addresses import bind_addresses
from streamer.engine import address_in
from streamer.settings import StreamerSettings, load_settings

KEY = base64.b64encode(bytes(32)).decode()
CAMERA = UUID(int=7)


def settings(monkeypatch, **given):
    environ = {f"POLLCAM_STREAMER_{name.upper()}": value for name, value in given.items()}
    environ["POLLCAM_STREAMER_API_PUBLIC_KEY"] = KEY
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return load_settings(environ)


def test_nobody_is_asked_for_stun_unless_it_is_set(monkeypatch):
    assert settings(monkeypatch).turn_urls == ()


def test_one_public_address_of_each_family_is_taken(monkeypatch):
    loaded = settings(monkeypatch, public_address="203.0.113.5, 2001:db8::5")
    assert loaded.public_address == ("203.0.113.5", "2001:db8::5")


def test_relays_are_read_from_a_list(monkeypatch):
    urls = ("turn:t.example?transport=udp", "turns:t.example:443?transport=tcp")
    loaded = settings(monkeypatch, turn_urls=",".join(urls), turn_secret="s")
    assert loaded.relays.urls == urls
    assert loaded.relays.secret == b"s"
    assert "'s'" not in repr(loaded)


@pytest.mark.parametrize(
    "given",
    [
        {"public_address": "203.0.113.5,203.0.113.6"},
        {"public_address": "pollcam.example"},
        {"udp_addresses": "0.0.0.0"},
        {"udp_addresses": "::", "public_address": "203.0.113.5"},
        {"udp_port": "65535", "workers": "2"},
        {"turn_urls": "turn:t.example"},
        {"turn_urls": "http://t.example", "turn_secret": "s"},
        {"engine": ""},
        {"engine": "ftp://b.example/{camera_id}"},
        {"engine": "https://b.example/whep"},
        {"engine": "https://{camera_id}.example/"},
        {"engine": "https://b.example/{camera_id}/{token}"},
        {"engine": "https://b.example/{camera_id.bytes}"},
        {"engine": "https://b.example/{camera_id}\r\nx: y"},
        {"engine_whip": "https://b.example/{camera_id}"},
        {"engine": "https://b.example/{camera_id}", "workers": "2"},
    ],
)
def test_what_cannot_work_is_refused_at_the_start(monkeypatch, given):
    with pytest.raises(SettingsError):
        settings(monkeypatch, **given)


def test_an_engine_has_one_template_or_one_for_each_side():
    both = "https://b.example/{protocol}/{camera_id}"
    one = "https://b.example/api/webrtc?dst={camera_id}"
    assert address_in(both, "whep", CAMERA) == f"https://b.example/whep/{CAMERA}"
    assert address_in(one, "whip", CAMERA) == f"https://b.example/api/webrtc?dst={CAMERA}"


def test_a_public_address_of_this_machine_is_bound_itself():
    assert bind_addresses((), ("127.0.0.1", "::1")) == ("127.0.0.1", "::1")


def test_behind_nat_any_address_of_that_family_is_bound():
    assert bind_addresses((), ("203.0.113.5",)) == ("0.0.0.0",)


def test_chosen_addresses_are_bound_whatever_is_told_to_peers():
    assert bind_addresses(("127.0.0.1",), ("203.0.113.5",)) == ("127.0.0.1",)


def test_secrets_are_not_in_what_settings_print():
    loaded = StreamerSettings(api_public_key=KEY, turn_urls="turn:t", turn_secret="hunter2")
    assert "hunter2" not in repr(loaded)
