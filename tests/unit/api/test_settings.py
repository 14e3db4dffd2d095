import os
import stat
from base64 import b64decode

import pytest

from api.frame import security_headers
from api.settings import ObjectsKind, load_settings
from api.signing_key import load_grant_key, load_live_key, public_text
from core.errors import SettingsError


@pytest.fixture
def environ(monkeypatch, tmp_path):
    for name in os.environ:
        if name.startswith("POLLCAM_API_"):
            monkeypatch.delenv(name)

    def set_all(**values: str):
        monkeypatch.setenv("POLLCAM_API_DATA_DIR", str(tmp_path))
        for name, value in values.items():
            monkeypatch.setenv(f"POLLCAM_API_{name.upper()}", value)
        return os.environ

    return set_all


def test_a_data_directory_is_all_it_needs(environ, tmp_path):
    settings = load_settings(environ())
    assert settings.index_url == f"sqlite:///{tmp_path}/index.db"
    assert (settings.objects, settings.is_https) == (ObjectsKind.DISK, False)


def test_values_come_from_the_environment(environ):
    settings = load_settings(
        environ(
            listen_port="0",
            public_url="https://pollcam.example/",
            trusted_proxies="10.0.0.0/8, 127.0.0.1",
            session_lifetime="PT1H",
            database_url="postgresql+psycopg://u:hunter2@db/pollcam",
        )
    )
    assert settings.public_url == "https://pollcam.example"
    assert settings.trusted_proxies == ("10.0.0.0/8", "127.0.0.1")
    assert settings.session_lifetime.total_seconds() == 3600
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.index_url


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"listen_prot": "1"}, "POLLCAM_API_LISTEN_PROT"),
        ({"listen_port": "http"}, "POLLCAM_API_LISTEN_PORT"),
        ({"public_url": "pollcam.example"}, "POLLCAM_API_PUBLIC_URL"),
        ({"trusted_proxies": "everybody"}, "POLLCAM_API_TRUSTED_PROXIES"),
        ({"objects": "tape"}, "POLLCAM_API_OBJECTS"),
        ({"objects": "s3", "s3_secret_key": "hidden"}, "s3"),
        ({"data_dir": "/does/not/exist"}, "data_dir"),
        ({"export_workers": "0"}, "POLLCAM_API_EXPORT_WORKERS"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_shown(environ, values, named):
    with pytest.raises(SettingsError) as refused:
        load_settings(environ(**values))
    assert named in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_without_a_data_directory_nothing_starts(environ, monkeypatch):
    environ()
    monkeypatch.delenv("POLLCAM_API_DATA_DIR")
    with pytest.raises(SettingsError, match="DATA_DIR"):
        load_settings(os.environ)


def test_the_keys_are_made_once_and_kept_from_others(tmp_path):
    folder = tmp_path / "keys"
    first, second = load_live_key(folder), load_live_key(folder)
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert (folder / "live.pub").read_text() == public_text(first)
    assert len(b64decode(public_text(first))) == 32
    assert load_grant_key(folder) == load_grant_key(folder)
    for name in ("live.key", "grant.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {p.name for p in folder.iterdir()} == {"live.key", "live.pub", "grant.key"}


def test_a_key_that_others_can_read_is_refused(tmp_path):
    folder = tmp_path / "keys"
    load_live_key(folder)
    (folder / "live.key").chmod(0o644)
    with pytest.raises(SettingsError, match="read by others"):
        load_live_key(folder)


@pytest.mark.parametrize("content", [b"", b"not base64!", b"c2hvcnQ="])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path, content):
    folder = tmp_path / "keys"
    load_live_key(folder)
    (folder / "live.key").write_bytes(content)
    with pytest.raises(SettingsError, match="holds no key"):
        load_live_key(folder)
    assert (folder / "live.key").read_bytes() == content


def test_pages_may_connect_to_the_streamer_and_to_the_engines_it_sends_them_to(environ):
    origins = "https://b.example:8889, https://c.example"
    settings = load_settings(environ(streamer_url="https://a.example", live_engines=origins))
    policy = security_headers(settings)["content-security-policy"]
    expected = "connect-src 'self' https://a.example https://b.example:8889 https://c.example "
    assert expected in policy


@pytest.mark.parametrize(
    ("named", "connected"),
    [({}, "https://api.example"), ({"hls_url": "https://cdn.example"}, "https://cdn.example")],
)
def test_pages_may_connect_to_where_live_hls_is(environ, named, connected):
    public = {"streamer_url": "https://a.example", "public_url": "https://api.example"}
    policy = security_headers(load_settings(environ(**public, **named)))["content-security-policy"]
    assert f"connect-src 'self' https://a.example {connected};" in policy


@pytest.mark.parametrize(
    "origin", ["b.example", "https://b.example/whep", "https://b.example; script-src *"]
)
def test_what_is_no_origin_is_not_put_into_the_policy(environ, origin):
    with pytest.raises(SettingsError):
        load_settings(environ(live_engines=origin))
